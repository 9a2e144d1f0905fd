// The component that Airflow's UI renders: the page in its navigation, or the tab of a run or task.

import { AirlockPage } from "./page/page";
import { Tab } from "./tabs/tab";

/** Of the run or the task that somebody looks at; a page in the navigation has none. */
export interface Place {
  dagId?: string;
  runId?: string;
  taskId?: string;
}

export default function Airlock({ dagId, runId, taskId }: Place) {
  return dagId === undefined || runId === undefined ? (
    <AirlockPage />
  ) : (
    <Tab dagId={dagId} runId={runId} taskId={taskId} />
  );
}
