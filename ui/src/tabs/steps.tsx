// The row of steps, and what a person should do next.

import { Box, Flex, Link, Spinner, Text, VisuallyHidden } from "@chakra-ui/react";
import { Link as RouterLink } from "react-router-dom";

import { Message, Page, Said } from "../parts";
import { Doing } from "../page/needs";
import type { Run, Stage, Step } from "./types";

/** Of every step: its sign, its colours in Chakra's words, and what a screen reader says. */
export const STEPS: Record<Step, { sign: string; palette: string; says: string }> = {
  done: { sign: "✓", palette: "green", says: "done" },
  stopped: { sign: "!", palette: "orange", says: "not passed on" },
  failed: { sign: "✕", palette: "red", says: "failed" },
  running: { sign: "", palette: "blue", says: "at work" },
  waiting: { sign: "?", palette: "purple", says: "waiting for a person" },
  skipped: { sign: "–", palette: "gray", says: "skipped" },
  pending: { sign: "", palette: "gray", says: "not begun" },
};

export const TAB = "plugin/airlock-task-instance";

/** The address of a task's page in Airflow's UI. */
export function taskPage(run: { dag_id: string; run_id: string }, taskId: string, page?: string | null) {
  const [dag, id, task] = [run.dag_id, run.run_id, taskId].map(encodeURIComponent);
  return `/dags/${dag}/runs/${id}/tasks/${task}${page ? `/${page}` : ""}`;
}

/** The round sign of a step. */
export function Sign({ step }: { step: Step }) {
  const { sign, palette, says } = STEPS[step];
  return (
    <Flex
      align="center"
      justify="center"
      boxSize={6}
      borderRadius="full"
      flexShrink={0}
      fontSize="xs"
      fontWeight="bold"
      colorPalette={palette}
      bg={step === "pending" ? "transparent" : "colorPalette.subtle"}
      color="colorPalette.fg"
      borderWidth={1}
      borderColor={step === "pending" ? "border.emphasized" : "colorPalette.muted"}
    >
      {step === "running" ? <Spinner size="xs" /> : <span aria-hidden>{sign}</span>}
      <VisuallyHidden>{says}</VisuallyHidden>
    </Flex>
  );
}

/** All stages in a row; each leads to its own tab. */
export function Steps({ run, current }: { run: Run; current: string }) {
  return (
    <nav aria-label="Stages of this run">
      <Flex as="ol" wrap="wrap" gap={1} listStyleType="none">
        {run.stages.map((stage) => (
          <StepLink key={stage.task_id} run={run} stage={stage} here={stage.task_id === current} />
        ))}
      </Flex>
    </nav>
  );
}

function StepLink({ run, stage, here }: { run: Run; stage: Stage; here: boolean }) {
  return (
    <Box as="li">
      <Link
        asChild
        display="flex"
        gap={2}
        px={2.5}
        py={1.5}
        borderRadius="md"
        borderWidth={1}
        borderColor={here ? "border.emphasized" : "transparent"}
        bg={here ? "bg.muted" : undefined}
        _hover={{ bg: "bg.muted", textDecoration: "none" }}
      >
        <RouterLink to={taskPage(run, stage.task_id, TAB)} aria-current={here ? "step" : undefined}>
          <Sign step={stage.step} />
          <Text as="span" fontWeight={here ? "bold" : "normal"} color={here ? "fg" : "fg.muted"}>
            {stage.stage}
          </Text>
        </RouterLink>
      </Link>
    </Box>
  );
}

/** What a person should do now; a task's tab says so only if it is about that task. */
export function NextStep({ run, taskId, changed }: { run: Run; taskId?: string; changed: () => void }) {
  const { sentence, task_id: about, page, need, holds } = run.next;
  if (taskId !== undefined && taskId !== about) {
    return null;
  }
  const waiting = page === "required_actions";
  const status = about === null ? (need || !holds ? "warning" : "info") : waiting ? "warning" : "error";
  return (
    <Message status={status} title="Next step">
      <Said>{sentence}</Said>{" "}
      {about !== null && (
        <Page to={taskPage(run, about, page)}>{waiting ? "Open Required Actions" : "Open its log"}</Page>
      )}
      {need && <Doing need={need} may={run.may} changed={changed} />}
    </Message>
  );
}
