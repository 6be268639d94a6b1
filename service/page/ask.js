// Questions to this server, and to no other. Only the last question of a kind is answered.

const turns = new Map();

// `again` of an error: after how many milliseconds the same may be asked again; without it there is no use in that.
export class Silent extends Error { // the server does not answer
  again = 2000;
}

async function send(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Silent();
  }
  const body = await answer.json().catch(() => null);
  if (body === null) throw new Silent();
  if (!answer.ok) {
    const told = body.error?.message ?? "Служба отказала без объяснения.";
    throw Object.assign(new Error(told), { status: answer.status, again: 1000 * answer.headers.get("Retry-After") });
  }
  return body;
}

// A refusal in words, where the page asks again by itself.
export const said = (error) => (error.again ? `${error.message} Страница повторит сама.` : error.message);

export const get = (address) => send(address, {});
export const remove = (address) => send(address, { method: "DELETE" });

// Answers null where a newer question has been asked meanwhile.
export async function post(address, body, kind = address) {
  turns.get(kind)?.abort();
  const turn = new AbortController();
  turns.set(kind, turn);
  const bytes = body instanceof Blob;
  try {
    const answer = await send(address, {
      method: "POST",
      headers: { "Content-Type": bytes ? "application/octet-stream" : "application/json" },
      body: bytes ? body : JSON.stringify(body),
      signal: turn.signal,
    });
    return turns.get(kind) === turn ? answer : null;
  } catch (error) {
    if (error.name === "AbortError" || turns.get(kind) !== turn) return null;
    throw error;
  }
}

export function forget(kind) {
  turns.get(kind)?.abort();
  turns.delete(kind);
}
