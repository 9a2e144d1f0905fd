// Addresses within Airflow's UI.

export const ROOT = "/plugin/airlock";

/** The same while the server is still at work. */
export const SOON_MS = 1_500;

export const modelPage = (model: string) => `${ROOT}/${encodeURIComponent(model)}`;

export const versionPage = (model: string, version: number) => `${modelPage(model)}/versions/${version}`;

export const runPage = (dagId: string, runId: string) =>
  `/dags/${encodeURIComponent(dagId)}/runs/${encodeURIComponent(runId)}/plugin/airlock-dag-run`;

export const answerPage = (dagId: string, runId: string, taskId: string) =>
  `/dags/${encodeURIComponent(dagId)}/runs/${encodeURIComponent(runId)}/tasks/${taskId}/required_actions`;
