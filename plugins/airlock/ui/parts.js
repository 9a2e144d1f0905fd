// What both tabs are made of: the frame, messages, the row of steps, the next step.

const { createElement: h } = globalThis.React;
const { Link: RouterLink } = globalThis.ReactRouterDOM;
const { Alert, Box, Flex, Link, Spinner, Stack, Text, VisuallyHidden } = globalThis.ChakraUI;

/** Of every step: its sign, its colours in Chakra's words, and what a screen reader says. */
export const STEPS = {
  done: { sign: "✓", palette: "green", says: "done" },
  stopped: { sign: "!", palette: "orange", says: "not passed on" },
  failed: { sign: "✕", palette: "red", says: "failed" },
  running: { sign: "", palette: "blue", says: "at work" },
  waiting: { sign: "?", palette: "purple", says: "waiting for a person" },
  skipped: { sign: "–", palette: "gray", says: "skipped" },
  pending: { sign: "", palette: "gray", says: "not begun" },
};

export const TONES = { good: "green", bad: "red", unsure: "orange", plain: "gray" };

/** The address of a task's page in Airflow's UI. */
export function taskPage(run, taskId, page) {
  const [dag, id, task] = [run.dag_id, run.run_id, taskId].map(encodeURIComponent);
  return `/dags/${dag}/runs/${id}/tasks/${task}${page ? `/${page}` : ""}`;
}

export const TAB = "plugin/airlock-task-instance";

export function Frame({ children }) {
  return h(Stack, { gap: 5, p: 4, maxW: "6xl", mx: "auto", w: "full" }, children);
}

export function Page({ to, children, ...rest }) {
  return h(Link, { asChild: true, colorPalette: "blue", variant: "underline", ...rest },
    h(RouterLink, { to }, children));
}

export function Message({ status, title, children }) {
  return h(
    Alert.Root,
    { status, role: status === "error" ? "alert" : "status" },
    h(Alert.Indicator),
    h(
      Alert.Content,
      null,
      h(Alert.Title, null, title),
      h(Alert.Description, null, children),
    ),
  );
}

/** The round sign of a step. */
export function Sign({ step }) {
  const { sign, palette, says } = STEPS[step];
  return h(
    Flex,
    {
      align: "center",
      justify: "center",
      boxSize: 6,
      borderRadius: "full",
      flexShrink: 0,
      fontSize: "xs",
      fontWeight: "bold",
      colorPalette: palette,
      bg: step === "pending" ? "transparent" : "colorPalette.subtle",
      color: "colorPalette.fg",
      borderWidth: 1,
      borderColor: step === "pending" ? "border.emphasized" : "colorPalette.muted",
    },
    step === "running" ? h(Spinner, { size: "xs" }) : h("span", { "aria-hidden": true }, sign),
    h(VisuallyHidden, null, says),
  );
}

/** All stages in a row; each leads to its own tab. */
export function Steps({ run, current }) {
  return h(
    "nav",
    { "aria-label": "Stages of this run" },
    h(
      Flex,
      { as: "ol", wrap: "wrap", gap: 1, listStyleType: "none" },
      run.stages.map((stage) => h(Step, { key: stage.task_id, run, stage, current })),
    ),
  );
}

function Step({ run, stage, current }) {
  const here = stage.task_id === current;
  return h(
    Box,
    { as: "li" },
    h(
      Link,
      {
        asChild: true,
        display: "flex",
        gap: 2,
        px: 2.5,
        py: 1.5,
        borderRadius: "md",
        borderWidth: 1,
        borderColor: here ? "border.emphasized" : "transparent",
        bg: here ? "bg.muted" : undefined,
        _hover: { bg: "bg.muted", textDecoration: "none" },
      },
      h(
        RouterLink,
        { to: taskPage(run, stage.task_id, TAB), "aria-current": here ? "step" : undefined },
        h(Sign, { step: stage.step }),
        h(
          Text,
          { as: "span", fontWeight: here ? "bold" : "normal", color: here ? "fg" : "fg.muted" },
          stage.stage,
        ),
      ),
    ),
  );
}

/** What a person should do now; a task's tab says so only if it is about that task. */
export function NextStep({ run, taskId }) {
  const { sentence, task_id: about, page } = run.next;
  if (taskId !== undefined && taskId !== about) {
    return null;
  }
  const waiting = page === "required_actions";
  return h(
    Message,
    { status: about === null ? "info" : waiting ? "warning" : "error", title: "Next step" },
    sentence,
    " ",
    about !== null &&
      h(
        Page,
        { to: taskPage(run, about, page) },
        waiting ? "Open Required Actions" : "Open its log",
      ),
  );
}

export function seconds(value) {
  return value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}
