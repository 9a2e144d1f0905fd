// What waits for a person, each with the way to do it.

import { Box, Button, Field, Flex, Heading, Input, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";

import { trigger } from "../api";
import type { Refusal } from "../api";
import { Message, Page, Said, Time } from "../parts";
import { answerPage, modelPage, runPage } from "./places";
import type { Need } from "./types";

const DOES: Partial<Record<Need["kind"], string>> = {
  "break-glass": "Confirm",
  rescore: "Score again",
};

interface Shown {
  needs: Need[];
  changed: () => void;
  named?: boolean;
}

export function Needs({ needs, changed, named = false }: Shown) {
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
            <One need={need} changed={changed} named={named} />
          </Box>
        ))}
      </Stack>
    </Box>
  );
}

function One({ need, changed, named }: { need: Need; changed: () => void; named: boolean }) {
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
          <Page to={answerPage(need.dag_id, need.run_id, need.task_id)}>Answer</Page>
        )}
        {need.run_id && <Page to={runPage(need.dag_id, need.run_id)}>Open the run</Page>}
        {named && <Page to={modelPage(need.model)}>Open the model</Page>}
      </Flex>
      <Doing need={need} changed={changed} />
    </Message>
  );
}

/** The form that meets a need, filled in but for the reason; nothing where another page does. */
export function Doing({ need, changed }: { need: Need; changed: () => void }) {
  const does = DOES[need.kind];
  return does ? <Act dagId={need.dag_id} conf={need.form} does={does} changed={changed} /> : null;
}

interface Action {
  dagId: string;
  conf: Record<string, unknown>;
  does: string;
  changed: () => void;
}

/** Trigger one of the DAGs that people start, with a reason. The rights are Airflow's. */
export function Act({ dagId, conf, does, changed }: Action) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const [begun, setBegun] = useState<string>();
  const [error, setError] = useState<Refusal>();
  if (begun !== undefined) {
    return (
      <Text mt={2}>
        Started. <Page to={runPage(dagId, begun)}>Open the run</Page>
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
        setBegun(run);
        changed();
      },
      (refused: Refusal) => setError(refused),
    );
  };
  return (
    <Stack gap={2} mt={2} maxW="lg">
      <Field.Root required>
        <Field.Label>Why? The ledger keeps your name and your reason.</Field.Label>
        <Input
          size="sm"
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Field.Root>
      {error && <Text color="fg.error">{`${error.what} ${error.do}`}</Text>}
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
