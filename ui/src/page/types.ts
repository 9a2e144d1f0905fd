// What the API says of models as a whole.

export interface Interval {
  value: number;
  low: number;
  high: number;
}

export type Figures = Record<string, Interval>;

export interface Reign {
  sequence: number;
  version: number;
  since: string;
  until: string | null;
  how: "promoted" | "canary" | "break-glass" | "rolled back";
  by: string[];
  why: string;
  night: string | null;
  policy: string;
  confirmed: boolean;
}

export type Fate = "champion" | "on trial" | "waiting" | "declined" | "superseded" | "stale" | "rejected";

export interface Candidate {
  sequence: number;
  version: number;
  at: string;
  night: string | null;
  dag_id: string;
  run_id: string;
  fate: Fate;
  because: string;
  policy: string;
  figures: Figures;
  champion: Figures;
  baselines: Record<string, Figures>;
}

export interface Night {
  night: string;
  rows: number;
  versions: number[];
  again: string;
  standing: "calm" | "drifting" | "alarm" | null;
  columns: Record<string, number>;
}

export interface Need {
  kind: "ledger" | "break-glass" | "approval" | "rescore" | "drift" | "review";
  model: string;
  sentence: string;
  dag_id: string;
  run_id: string;
  task_id: string;
  form: Record<string, unknown>;
  until: string | null;
}

/** Which DAGs the reader may start by hand, and of which answer what they ask. */
export interface May {
  start: string[];
  answer: string[];
}

export interface OnTrial {
  version: number;
  share: number;
  step: number;
  steps: number;
}

export interface Point {
  version: number;
  night: string | null;
  fate: Fate;
  figure: Interval | null;
}

export interface Summary {
  model: string;
  entries: number;
  champion: Reign | null;
  last: Candidate | null;
  key_metric: string | null;
  higher_is_better: boolean;
  trend: Point[];
  night: Night | null;
  trial: OnTrial | null;
  needs: Need[];
  spent: Spent | null;
  broken: string | null;
}

/** What some attempts took; `money` is null where nobody set a price. */
export interface Spent {
  money: number | null;
  currency: string;
  attempts: number;
  reused: number;
  cpu_seconds: number;
  device_seconds: number;
  watt_hours: number | null;
}

export interface Worth {
  night: string;
  version: number;
  champion: boolean;
  rows: number;
  figures: Figures;
}

export interface Live {
  versions: { version: number; rows: number; nights: string[]; figures: Figures }[];
  queue: { asked?: number; rows: number; nights: { night: string; open: number; asked: number; answered: number; overridden: number }[] } | null;
}

/** One model; of one whose ledger does not verify, nothing but `broken`. */
export interface Model {
  model: string;
  broken: string | null;
  entries: number;
  head: string;
  champions: Reign[];
  candidates: Candidate[];
  nights: Night[];
  worth: Worth[];
  may: May;
  live: Live | null;
  trial: OnTrial | null;
  key_metric: string | null;
  better: Record<string, boolean>;
  needs: Need[];
}
