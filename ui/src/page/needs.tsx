// What waits for a person, each with the way to do it.

import { Box, Button, Field, Flex, Heading, Input, Stack, Text } from "@chakra-ui/react";
import { useEffect, useRef, useState } from "react";

import { respond, stateOf, trigger } from "../api";
import type { Refusal } from "../api";
import { Message, Page, Said, Time } from "../parts";
import { answerPage, modelPage, runPage } from "./places";
import type { May, Need } from "./types";

const DOES: Partial<Record<Need["kind"], string>> = {
  "break-glass": "Confirm",
  rescore: "Score again",
};

interface Shown {
  needs: Need[];
  may: May;
  changed: () => void;
  named?: boolean;
}

export function Needs({ needs, may, changed, named = false }: Shown) {
  if (needs.length === 0) {
    return null;
  }
  return (
    <Box as="section" aria-labelledby="airlock-needs">
      <Heading as="h2" size="md" id="airlock-needs" mb={2}>
        What needs a person
      </Heading>
      <Stack as="ul" listStyleType="none" gap={2}>
        {needs.map((need) => (
          <Box as="li" key={`${need.model}-${need.kind}-${need.run_id}-${need.sentence}`}>
            <One need={need} may={may} changed={changed} named={named} />
          </Box>
        ))}
      </Stack>
    </Box>
  );
}

function One({ need, may, changed, named }: { need: Need; may: May; changed: () => void; named: boolean }) {
  return (
    <Message
      status={need.kind === "ledger" ? "error" : "warning"}
      title={named ? need.model : need.sentence}
    >
      {named && (
        <Text>
          <Said>{need.sentence}</Said>
        </Text>
      )}
      {need.until && (
        <Text>
          Until <Time at={need.until} />.
        </Text>
      )}
      <Flex gap={4} wrap="wrap" align="center">
        {need.task_id && (
          <Page to={answerPage(need.dag_id, need.run_id, need.task_id)}>What is asked</Page>
        )}
        {need.run_id && <Page to={runPage(need.dag_id, need.run_id)}>Open the run</Page>}
        {named && <Page to={modelPage(need.model)}>Open the model</Page>}
      </Flex>
      <Doing need={need} may={may} changed={changed} />
    </Message>
  );
}

/** The form that meets a need, filled in but for the reason; nothing where another page does, or for whoever may not. */
export function Doing({ need, may, changed }: { need: Need; may: May; changed: () => void }) {
  if (need.kind === "approval") {
    return may.answer.includes(need.dag_id) ? <Answering need={need} changed={changed} /> : null;
  }
  const does = DOES[need.kind];
  return does && may.start.includes(need.dag_id) ? (
    <Act dagId={need.dag_id} conf={need.form} does={does} changed={changed} />
  ) : null;
}

/** Yes or no to a candidate. Airflow takes one answer, of those whom it asks. */
function Answering({ need, changed }: { need: Need; changed: () => void }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const [said, setSaid] = useState<string>();
  const [error, setError] = useState<Refusal>();
  if (said !== undefined) {
    return <Text mt={2}>{`You said: ${said}. The run goes on.`}</Text>;
  }
  if (!open) {
    return (
      <Button size="xs" variant="outline" mt={2} onClick={() => setOpen(true)}>
        Answer…
      </Button>
    );
  }
  const answer = (chosen: "Approve" | "Reject") => {
    setError(undefined);
    respond(need.dag_id, need.run_id, need.task_id, chosen, reason.trim()).then(
      () => {
        setSaid(chosen.toLowerCase());
        changed();
      },
      (refused: Refusal) => setError(refused),
    );
  };
  return (
    <Stack gap={2} mt={2} maxW="lg">
      <Field.Root>
        <Field.Label>Why? The ledger keeps your name and your reason.</Field.Label>
        <Input size="sm" value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} />
      </Field.Root>
      <Refused error={error} />
      <Flex gap={2}>
        <Button size="xs" colorPalette="green" onClick={() => answer("Approve")}>
          Approve
        </Button>
        <Button size="xs" colorPalette="red" variant="outline" onClick={() => answer("Reject")}>
          Reject
        </Button>
        <Button size="xs" variant="ghost" onClick={() => setOpen(false)}>
          Leave it
        </Button>
      </Flex>
    </Stack>
  );
}

function Refused({ error }: { error?: Refusal }) {
  return error ? (
    <Text color="fg.error" role="alert">
      {`${error.what} ${error.do}`}
    </Text>
  ) : null;
}

interface Action {
  dagId: string;
  conf: Record<string, unknown>;
  does: string;
  changed: () => void;
  follows?: string;
}

/** Why somebody rolled back: what follows from it begins with the same reason, and is one click. */
const given: { reason?: string } = {};
const ENDS = new Set(["success", "failed"]);
const LOOK_AGAIN_MS = 1500;

/** Trigger one of the DAGs that people start, with a reason. The rights are Airflow's. */
export function Act({ dagId, conf, does, changed, follows }: Action) {
  const [open, setOpen] = useState(dagId === "model_rescore" && given.reason !== undefined);
  const [reason, setReason] = useState(dagId === "model_rescore" ? (given.reason ?? "") : "");
  const [begun, setBegun] = useState<string>();
  const [error, setError] = useState<Refusal>();
  const state = useRunState(dagId, begun, changed);
  if (begun !== undefined) {
    return (
      <Text mt={2} role="status">
        {state === "success" ? "Done. " : state === "failed" ? "It failed. " : "Started; this page follows. "}
        <Page to={runPage(dagId, begun)}>Open the run</Page>
      </Text>
    );
  }
  if (!open) {
    return (
      <Button size="xs" variant="outline" mt={2} onClick={() => setOpen(true)}>
        {does}…
      </Button>
    );
  }
  const start = () => {
    setError(undefined);
    trigger(dagId, { ...conf, reason: reason.trim() }).then(
      (run) => {
        given.reason = dagId === "model_rollback" ? reason.trim() : undefined;
        setBegun(run);
      },
      (refused: Refusal) => setError(refused),
    );
  };
  return (
    <Stack gap={2} mt={2} maxW="lg">
      {follows && <Text>{follows}</Text>}
      <Field.Root required>
        <Field.Label>Why? The ledger keeps your name and your reason.</Field.Label>
        <Input
          size="sm"
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Field.Root>
      <Refused error={error} />
      <Flex gap={2}>
        <Button size="xs" colorPalette="blue" disabled={reason.trim() === ""} onClick={start}>
          {does}
        </Button>
        <Button size="xs" variant="ghost" onClick={() => setOpen(false)}>
          Leave it
        </Button>
      </Flex>
    </Stack>
  );
}

/** Where the run that was started stands; the page is asked anew when it ends. */
function useRunState(dagId: string, runId: string | undefined, changed: () => void): string | undefined {
  const [state, setState] = useState<string>();
  const tell = useRef(changed);
  tell.current = changed;
  useEffect(() => {
    if (runId === undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = true;
    const look = () => {
      stateOf(dagId, runId).then(
        (found) => {
          if (!current) return;
          setState(found);
          if (ENDS.has(found)) tell.current();
          else timer = setTimeout(look, LOOK_AGAIN_MS);
        },
        () => undefined, // the run's own page tells more
      );
    };
    look();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [dagId, runId]);
  return state;
}
