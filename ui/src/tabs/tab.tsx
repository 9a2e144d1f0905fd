// The Airlock tab of a run and of a task instance.

import { useAnswer } from "../api";
import { Frame, Loading, Message, Problem } from "../parts";
import { StageList } from "./run";
import { NextStep, Steps } from "./steps";
import { TaskRecord } from "./task";
import type { Run, Stage, Step, Task } from "./types";

const REFRESH_MS = 3000;
const UNFINISHED: ReadonlySet<Step> = new Set<Step>(["pending", "running", "waiting"]);
const RECORDED: ReadonlySet<Step> = new Set<Step>(["done", "stopped", "failed"]);

const unfinished = (run: Run) =>
  run.stages.some((stage) => UNFINISHED.has(stage.step)) ? REFRESH_MS : 0;

export function Tab({ dagId, runId, taskId }: { dagId: string; runId: string; taskId?: string }) {
  const { data, error, reload } = useAnswer<Run>(["runs", dagId, runId], unfinished);
  return (
    <Frame>
      {error && <Problem error={error} reload={reload} />}
      {!error && !data && <Loading />}
      {!error && data && (taskId === undefined ? <RunTab run={data} /> : <TaskTab run={data} taskId={taskId} />)}
    </Frame>
  );
}

function RunTab({ run }: { run: Run }) {
  return (
    <>
      <NextStep run={run} />
      <StageList run={run} />
    </>
  );
}

function TaskTab({ run, taskId }: { run: Run; taskId: string }) {
  const stage = run.stages.find((one) => one.task_id === taskId);
  const recorded = stage !== undefined && RECORDED.has(stage.step);
  const path = recorded ? ["runs", run.dag_id, run.run_id, taskId] : null;
  const { data, error, reload } = useAnswer<Task>(path, () => 0);
  return (
    <>
      <Steps run={run} current={taskId} />
      <NextStep run={run} taskId={taskId} />
      {recorded && error && <Problem error={error} reload={reload} />}
      {recorded && !error && !data && <Loading />}
      {recorded && data && <TaskRecord task={data} run={run} taskId={taskId} />}
      {!recorded && run.next.task_id !== taskId && <NoRecord stage={stage} taskId={taskId} />}
    </>
  );
}

const WITHOUT_RECORD: Partial<Record<Step, string>> = {
  pending: "It has not begun.",
  running: "It is at work. This page follows.",
  skipped: "It was skipped, because a stage before it did not pass on.",
};

function NoRecord({ stage, taskId }: { stage?: Stage; taskId: string }) {
  return (
    <Message status="neutral" title={`No record of ${taskId} yet`}>
      {stage ? WITHOUT_RECORD[stage.step] : "This task is no stage of the airlock."}
    </Message>
  );
}
