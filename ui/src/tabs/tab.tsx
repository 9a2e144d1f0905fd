// The Airlock tab of a run and of a task instance.

import { LOOK_MS, useAnswer } from "../api";
import { Frame, Loading, Message, Problem, Said } from "../parts";
import { StageList } from "./run";
import { NextStep, Steps } from "./steps";
import { TaskRecord } from "./task";
import type { Run, Stage, Step, Task } from "./types";

const REFRESH_MS = 3000;
const UNFINISHED: ReadonlySet<Step> = new Set<Step>(["pending", "running", "waiting"]);
const RECORDED: ReadonlySet<Step> = new Set<Step>(["done", "stopped", "failed"]);

// What a run came to can change once it is over: another champion, a night that is scored again.
const next = (run: Run) => (run.stages.some((stage) => UNFINISHED.has(stage.step)) ? REFRESH_MS : LOOK_MS);

export function Tab({ dagId, runId, taskId }: { dagId: string; runId: string; taskId?: string }) {
  const { data, error, reload } = useAnswer<Run>(["runs", dagId, runId], next);
  return (
    <Frame>
      {error && <Problem error={error} reload={reload} />}
      {!error && !data && <Loading />}
      {!error && data && (taskId === undefined ? (
          <RunTab run={data} changed={reload} />
        ) : (
          <TaskTab run={data} taskId={taskId} changed={reload} />
        ))}
    </Frame>
  );
}

function RunTab({ run, changed }: { run: Run; changed: () => void }) {
  return (
    <>
      <NextStep run={run} changed={changed} />
      <StageList run={run} />
    </>
  );
}

function TaskTab({ run, taskId, changed }: { run: Run; taskId: string; changed: () => void }) {
  const stage = run.stages.find((one) => one.task_id === taskId);
  // Of what failed without a record its sentence is all there is.
  const recorded =
    stage !== undefined && RECORDED.has(stage.step) && !(stage.problem !== null && stage.headline === null);
  const path = recorded ? ["runs", run.dag_id, run.run_id, taskId] : null;
  const { data, error, reload } = useAnswer<Task>(path, () => 0, run.next.sentence);
  return (
    <>
      <Steps run={run} current={taskId} />
      <NextStep run={run} taskId={taskId} changed={changed} />
      {stage?.problem && run.next.task_id !== taskId && (
        <Message status="error" title={stage.problem.what}>
          {stage.problem.do}
        </Message>
      )}
      {recorded && data?.now && !data.now.holds && (
        <Message status="warning" title="No longer so">
          <Said>{data.now.sentence}</Said>
        </Message>
      )}
      {recorded && error && <Problem error={error} reload={reload} />}
      {recorded && !error && !data && <Loading />}
      {recorded && data && <TaskRecord task={data} run={run} taskId={taskId} />}
      {!recorded && !stage?.problem && run.next.task_id !== taskId && <NoRecord stage={stage} taskId={taskId} />}
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
