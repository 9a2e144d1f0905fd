// The rows that a model was unsure of, answered one by one by those who may.

import { Badge, Box, Button, Field, Flex, Input, NativeSelect, Stack, Table, Text, VisuallyHidden } from "@chakra-ui/react";
import { useState } from "react";

import { send, trigger, useAnswer } from "../api";
import type { Refusal } from "../api";
import { Loading, Message, Page, Wide } from "../parts";
import { count, figure } from "../words";
import { runPage } from "./places";
import type { Live } from "./types";

type Value = string | number | boolean | null;

interface Row {
  row_key: string;
  version: number;
  prediction: Value;
  why: string;
  shown: Record<string, Value>;
}

interface Open {
  night: string;
  dag_id: string;
  classes: string[];
  open: number;
  items: Row[];
  next: string | null;
}

const PAGE = 20;

export function Review({ model, live }: { model: string; live: Live }) {
  const queue = live.queue;
  const nights = (queue?.nights ?? []).filter((one) => one.open > 0).map((one) => one.night);
  const [night, setNight] = useState<string>();
  if (queue === null || queue.nights.length === 0) {
    return <Text color="fg.muted">No row was put to people.</Text>;
  }
  const sum = (of: "asked" | "open" | "answered" | "overridden") => queue.nights.reduce((all, one) => all + one[of], 0);
  const answered = sum("answered");
  return (
    <Stack gap={3}>
      <Text>
        {count(sum("asked"))} rows were put to people, {count(sum("open"))} are open
        {nights[0] && `, the oldest of ${nights[0]}`}. People answered {count(answered)}
        {answered > 0 && `, and said something else than the model of ${count(sum("overridden"))}`}.
      </Text>
      {nights.length > 0 && (
        <Flex gap={3} align="end" wrap="wrap">
          <Field.Root w="48">
            <Field.Label>Night</Field.Label>
            <NativeSelect.Root size="sm">
              <NativeSelect.Field value={night ?? ""} onChange={(event) => setNight(event.currentTarget.value || undefined)}>
                <option value="">choose one</option>
                {nights.map((one) => (
                  <option key={one} value={one}>
                    {one}
                  </option>
                ))}
              </NativeSelect.Field>
              <NativeSelect.Indicator />
            </NativeSelect.Root>
          </Field.Root>
          {night === undefined && nights[0] && (
            <Button size="sm" variant="outline" onClick={() => setNight(nights[0])}>
              Answer the oldest
            </Button>
          )}
        </Flex>
      )}
      {night && <WorkList key={night} model={model} night={night} />}
    </Stack>
  );
}

function WorkList({ model, night }: { model: string; night: string }) {
  const [after, setAfter] = useState("");
  const [given, setGiven] = useState(0);
  const asked = new URLSearchParams({ limit: `${PAGE}`, after });
  const { data, error, reload } = useAnswer<Open>(["api", "v1", "models", model, "queue", night], () => 0, "", asked.toString());
  if (!data) {
    return error ? (
      <Message status="info" title={error.what}>
        {error.do}
      </Message>
    ) : (
      <Loading />
    );
  }
  const columns = [...new Set(data.items.flatMap((one) => Object.keys(one.shown)))];
  return (
    <Stack gap={3}>
      <Text>{count(Math.max(0, data.open - given))} rows of this night wait.</Text>
      {data.items.length > 0 && (
        <Wide label="Rows to be answered">
          <Table.Root size="sm">
            <Table.Header>
              <Table.Row>
                <Table.ColumnHeader>Your answer</Table.ColumnHeader>
                <Table.ColumnHeader>The model said</Table.ColumnHeader>
                <Table.ColumnHeader>Why it asks</Table.ColumnHeader>
                {columns.map((one) => (
                  <Table.ColumnHeader key={one}>{one}</Table.ColumnHeader>
                ))}
                <Table.ColumnHeader>Key</Table.ColumnHeader>
              </Table.Row>
            </Table.Header>
            <Table.Body>
              {data.items.map((one) => (
                <Question key={one.row_key} model={model} open={data} row={one} columns={columns} answered={() => setGiven((old) => old + 1)} />
              ))}
            </Table.Body>
          </Table.Root>
        </Wide>
      )}
      <Flex gap={3} wrap="wrap" align="center">
        {data.next !== null && (
          <Button size="xs" variant="outline" onClick={() => setAfter(data.next ?? "")}>
            More rows
          </Button>
        )}
        {(after !== "" || given > 0) && (
          <Button
            size="xs"
            variant="ghost"
            onClick={() => {
              setAfter("");
              setGiven(0);
              reload();
            }}
          >
            From the beginning
          </Button>
        )}
        <HandIn dagId={data.dag_id} night={night} />
      </Flex>
    </Stack>
  );
}

interface Asked {
  model: string;
  open: Open;
  row: Row;
  columns: string[];
  answered: () => void;
}

function Question({ model, open, row, columns, answered }: Asked) {
  const [typed, setTyped] = useState("");
  const [said, setSaid] = useState<string>();
  const [error, setError] = useState<Refusal>();
  const answer = (text: string) => {
    setError(undefined);
    send(["api", "v1", "models", model, "queue", open.night, "answers"], { row_key: row.row_key, answer: text }).then(
      () => {
        setSaid(text);
        answered();
      },
      (refused: Refusal) => setError(refused),
    );
  };
  const short = row.row_key.slice(0, 8);
  return (
    <Table.Row>
      <Table.Cell minW="40">
        {said !== undefined ? (
          <Badge colorPalette="green">{`answered: ${said}`}</Badge>
        ) : open.classes.length > 0 ? (
          <Flex gap={1} wrap="wrap" role="group" aria-label={`Answer about ${short}`}>
            {open.classes.map((one) => (
              <Button key={one} size="xs" variant="outline" onClick={() => answer(one)}>
                {one}
                <VisuallyHidden>{` is the answer about ${short}`}</VisuallyHidden>
              </Button>
            ))}
          </Flex>
        ) : (
          <Flex gap={1}>
            <Input size="xs" w="24" inputMode="decimal" aria-label={`Answer about ${short}`} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
            <Button size="xs" variant="outline" disabled={typed.trim() === ""} onClick={() => answer(typed.trim())}>
              Save
            </Button>
          </Flex>
        )}
        {error && (
          <Text color="fg.error" fontSize="sm" role="alert">
            {`${error.what} ${error.do}`}
          </Text>
        )}
      </Table.Cell>
      <Table.Cell>{told(row.prediction)}</Table.Cell>
      <Table.Cell>{row.why}</Table.Cell>
      {columns.map((one) => (
        <Table.Cell key={one}>{told(row.shown[one] ?? null)}</Table.Cell>
      ))}
      <Table.Cell fontFamily="mono" title={row.row_key}>
        {short}…
      </Table.Cell>
    </Table.Row>
  );
}

function told(value: Value): string {
  return value === null ? "–" : typeof value === "number" ? figure(value) : `${value}`;
}

/** Start the DAG that makes labels of answers. It reads all of the night's; doing it again does no harm. */
function HandIn({ dagId, night }: { dagId: string; night: string }) {
  const [begun, setBegun] = useState<string>();
  const [error, setError] = useState<Refusal>();
  const start = () => {
    setError(undefined);
    trigger(dagId, { night }).then(setBegun, setError);
  };
  return (
    <>
      <Button size="xs" colorPalette="blue" onClick={start}>
        Hand in the answers of this night
      </Button>
      {begun && (
        <Box>
          Started. <Page to={runPage(dagId, begun)}>Open the run</Page>
        </Box>
      )}
      {error && <Text color="fg.error">{`${error.what} ${error.do}`}</Text>}
    </>
  );
}
