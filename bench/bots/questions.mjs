// The flow of ten questions, shared by the bots in JavaScript; knows no framework.
export const API = process.env.BOT_API, TOKEN = process.env.BOT_TOKEN, K = Number(process.env.FLOW_K);
export const STORE_MS = Number(process.env.STORE_MS || 0); // in bursts: the state store takes 0 to so many milliseconds
export const question = (n, answers) => `Q${n}/${K} Please tell us about item number ${n}.\ngot=${answers.join(',')}`;
export const buttons = (n) => (n % 2 ? ['Yes', 'No', 'Maybe'].map((choice) => [choice, `a${n}:${choice}`]) : null);
export const storeDelay = () => new Promise((done) => setTimeout(done, Math.random() * STORE_MS));
