// Questions to this server, and to no other. Only the last question of a kind is answered.

const turns = new Map();

export class Silent extends Error {} // the server does not answer

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
    throw Object.assign(new Error(told), { status: answer.status });
  }
  return body;
}

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
