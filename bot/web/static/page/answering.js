// What a person answers: said in the room, and kept as a FAQ row where that is wanted.

import { command } from "./api.js";
import { state } from "./state.js";

/** A row's question ends at its first "=". */
const noEquals = (text) => text.replace(/[=＝]/gu, " ");

/** Says `words` to whoever asked; returns whether that was done. */
export async function answered(message, words, keep, question = message.text) {
  if (!words.trim()) return false;
  const room = message.room || state.room;
  if ((await command(`answer ${message.id} = ${words}`, { room })) === null) return false;
  if (keep) await addFaq(question, words, room);
  return true;
}

/** Takes a question off the list without a word in the room. */
export const dismissed = (id) => command(`answer ${id}`);

/** Adds a row to the room's FAQ; returns whether that was done. */
export async function addFaq(question, answer, room = state.room) {
  return (await command(`faq add ${noEquals(question)} = ${answer}`, { room, undo: true })) !== null;
}
