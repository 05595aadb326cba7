"""How the menu looks: the flows of a programme to take any time."""

from flow.programme import Programme
from handlers.rendering.keyboards import column, flow_data
from handlers.visit.visit import Visit


def show_menu(visit: Visit, programme: Programme) -> None:
    """One message a heading, a button a flow."""
    groups = {title: flows for title, flows in programme.menu.items() if flows}
    if not groups:
        visit.say_sentence("menu_empty")
    for title, flows in groups.items():
        buttons = ((programme.flows[flow].title, flow_data(programme.name, flow)) for flow in flows)
        visit.say(title or visit.sentence("menu_choose"), column(*buttons))
