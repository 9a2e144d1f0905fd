// The Airlock tab of a run and of a task instance.
//
// Airflow's UI imports this file and renders the component that it finds under the plugin's name.
// There is no build step: React, Chakra UI and the router are the host's own, so the tab has the
// host's theme, in light and dark.

import { Frame, Message, NextStep, Steps } from "./parts.js";
import { StageList } from "./run.js";
import { TaskRecord } from "./task.js";

const { createElement: h, useCallback, useEffect, useState } = globalThis.React;
const { Button, Skeleton, Stack } = globalThis.ChakraUI;

const API = new URL("../", import.meta.url);
const REFRESH_MS = 3000;
const UNFINISHED = new Set(["pending", "running", "waiting"]);
const RECORDED = new Set(["done", "stopped", "failed"]);

/** GET below the API; `path` is a list of parts. Throws {what, do}, as the server says it. */
async function get(path) {
  const address = new URL(path.map(encodeURIComponent).join("/"), API);
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin" });
  } catch {
    throw { what: "Airflow does not answer.", do: "Check your connection." };
  }
  if (answer.ok) {
    return answer.json();
  }
  const said = await answer.json().catch(() => ({}));
  throw {
    status: answer.status,
    what: said.what ?? `The answer was ${answer.status}.`,
    do: said.do ?? "Try again.",
  };
}

/** {data, error, reload} of a path; asked again every few seconds while `again(data)` says so. */
function useAnswer(path, again = () => false) {
  const key = path === null ? null : path.join("\n");
  const [state, setState] = useState({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (key === null) {
      return undefined;
    }
    let current = true;
    let timer;
    get(path).then(
      (data) => {
        if (!current) return;
        setState({ key, data });
        if (again(data)) {
          timer = setTimeout(() => setRound((old) => old + 1), REFRESH_MS);
        }
      },
      (error) => current && setState({ key, error }),
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [key, round]);
  const reload = useCallback(() => setRound((old) => old + 1), []);
  return { ...(state.key === key ? state : {}), reload };
}

const unfinished = (run) => run.stages.some((stage) => UNFINISHED.has(stage.step));

function Problem({ error, reload }) {
  return h(
    Message,
    { status: error.status === 404 ? "info" : "error", title: error.what },
    error.do,
    h(Button, { size: "xs", variant: "outline", onClick: reload, ml: 3 }, "Try again"),
  );
}

function Loading() {
  return h(
    Stack,
    { gap: 3, "aria-busy": true, "aria-label": "Loading" },
    h(Skeleton, { height: "10" }),
    h(Skeleton, { height: "32" }),
  );
}

function RunTab({ run }) {
  return h(Frame, null, h(NextStep, { run }), h(StageList, { run }));
}

function TaskTab({ run, taskId }) {
  const stage = run.stages.find((one) => one.task_id === taskId);
  const recorded = stage !== undefined && RECORDED.has(stage.step);
  const answer = useAnswer(recorded ? ["runs", run.dag_id, run.run_id, taskId] : null);
  return h(
    Frame,
    null,
    h(Steps, { run, current: taskId }),
    h(NextStep, { run, taskId }),
    recorded && answer.error && h(Problem, answer),
    recorded && !answer.error && !answer.data && h(Loading),
    recorded && answer.data && h(TaskRecord, { task: answer.data, run, taskId, api: API }),
    !recorded && run.next.task_id !== taskId && h(NoRecord, { stage, taskId }),
  );
}

const WITHOUT_RECORD = {
  pending: "It has not begun.",
  running: "It is at work. This page follows.",
  skipped: "It was skipped, because a stage before it did not pass on.",
};

function NoRecord({ stage, taskId }) {
  const text = stage ? WITHOUT_RECORD[stage.step] : "This task is no stage of the airlock.";
  return h(Message, { status: "neutral", title: `No record of ${taskId} yet` }, text);
}

function Airlock({ dagId, runId, taskId }) {
  const answer = useAnswer(["runs", dagId, runId], unfinished);
  if (answer.error) {
    return h(Frame, null, h(Problem, answer));
  }
  if (!answer.data) {
    return h(Frame, null, h(Loading));
  }
  return taskId === undefined
    ? h(RunTab, { run: answer.data })
    : h(TaskTab, { run: answer.data, taskId });
}

globalThis.Airlock = Airlock;
