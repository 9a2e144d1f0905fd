// What the words of the API are called where people read them.

import type { Fate, Need, Reign } from "./types";

/** What waits for people, the most pressing first. */
export const PRESSING: Need["kind"][] = ["ledger", "break-glass", "approval", "rescore", "drift", "review"];

export const OPEN: Record<Need["kind"], string> = {
  ledger: "ledger broken",
  "break-glass": "to be confirmed",
  approval: "waits for approval",
  rescore: "nights to score again",
  drift: "drift alarm",
  review: "rows put to people",
};

export const HOW: Record<Reign["how"], string> = {
  promoted: "It passed the gate",
  canary: "It passed the gate and its canary",
  "break-glass": "Past the gate, by break-glass",
  "rolled back": "A later version was rolled back",
};

export const FATES: Record<Fate, { text: string; palette: string }> = {
  champion: { text: "became champion", palette: "green" },
  "on trial": { text: "on trial", palette: "blue" },
  waiting: { text: "waits for people", palette: "purple" },
  declined: { text: "declined", palette: "orange" },
  superseded: { text: "superseded", palette: "gray" },
  stale: { text: "out of date", palette: "gray" },
  rejected: { text: "rejected by the gate", palette: "red" },
};
