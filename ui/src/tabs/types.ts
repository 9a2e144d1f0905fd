// What the API says of a run and of a task.

import type { May, Need } from "../page/types";

export type Step = "pending" | "running" | "waiting" | "done" | "stopped" | "failed" | "skipped";

export interface Stage {
  task_id: string;
  stage: string;
  step: Step;
  state: string | null;
  headline: string | null;
  badge: string | null;
  reused: boolean;
  seconds: number | null;
  problem: { what: string; do: string; again: boolean } | null;
}

export interface Run {
  dag_id: string;
  run_id: string;
  night: string | null;
  at: string | null;
  model: string | null;
  stages: Stage[];
  may: May;
  next: { sentence: string; task_id: string | null; page: string | null; need: Need | null; holds: boolean };
}

export interface Task {
  headline: string;
  verdict: string;
  tone: "good" | "bad" | "unsure" | "plain";
  reasons: string[];
  night: string | null;
  reused: boolean;
  made_by: string | null;
  seconds: number;
  ended_at: string;
  figures: { label: string; value: string; note: string | null }[];
  facts: string[];
  links: { label: string; href: string }[];
  report: string | null;
  ledger: string | null;
  signed: boolean;
  content: string;
  record: unknown;
  model: string | null;
  now: { sentence: string; holds: boolean; need: Need | null } | null;
}
