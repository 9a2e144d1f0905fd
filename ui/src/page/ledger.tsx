// The ledger as a table, filtered by kind, person and version; and what can be taken away as a file.

import { Badge, Button, Field, Flex, Input, Link, NativeSelect, Table, Text } from "@chakra-ui/react";
import { useState } from "react";

import { LOOK_MS, address, useAnswer } from "../api";
import { Loading, Page, Problem, Time, Wide } from "../parts";
import { versionPage } from "./places";

interface Entry {
  sequence: number;
  kind: string;
  at: string;
  by: string | null;
  versions: number[];
  body: Record<string, unknown>;
  sha256: string;
}

interface Entries {
  items: Entry[];
  next: number | null;
}

const KINDS = "run decided approved promoted rolled_back canary confirmed cleared key incident recorded scored rescored drifted labelled measured".split(" ");
const PAGE = 50;

export function LedgerTable({ model }: { model: string }) {
  const [open, setOpen] = useState(false);
  if (!open) {
    return (
      <Flex gap={5} wrap="wrap" align="center">
        <Button size="sm" variant="outline" onClick={() => setOpen(true)}>
          Show the entries
        </Button>
        <Link href={address(["api", "v1", "models", model, "ledger.json"]).href} download colorPalette="blue" variant="underline">
          Download the ledger
        </Link>
      </Flex>
    );
  }
  return <Shown model={model} />;
}

function Shown({ model }: { model: string }) {
  const [kind, setKind] = useState("");
  const [by, setBy] = useState("");
  const [version, setVersion] = useState("");
  const [cursor, setCursor] = useState(0);
  const asked = new URLSearchParams({ limit: `${PAGE}`, cursor: `${cursor}` });
  if (kind) asked.set("kind", kind);
  if (by.trim()) asked.set("by", by.trim());
  if (/^[1-9]\d*$/.test(version)) asked.set("version", version);
  const { data, error, reload } = useAnswer<Entries>(["api", "v1", "models", model, "decisions"], () => LOOK_MS, "", asked.toString());
  const chosen = (set: (value: string) => void) => (value: string) => {
    set(value);
    setCursor(0);
  };
  return (
    <>
      <Flex gap={3} wrap="wrap" mb={3}>
        <Field.Root w="48">
          <Field.Label>Kind</Field.Label>
          <NativeSelect.Root size="sm">
            <NativeSelect.Field value={kind} onChange={(event) => chosen(setKind)(event.currentTarget.value)}>
              <option value="">all</option>
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {one.replace("_", " ")}
                </option>
              ))}
            </NativeSelect.Field>
            <NativeSelect.Indicator />
          </NativeSelect.Root>
        </Field.Root>
        <Field.Root w="48">
          <Field.Label>Person</Field.Label>
          <Input size="sm" value={by} onChange={(event) => chosen(setBy)(event.currentTarget.value)} />
        </Field.Root>
        <Field.Root w="24">
          <Field.Label>Version</Field.Label>
          <Input size="sm" inputMode="numeric" value={version} onChange={(event) => chosen(setVersion)(event.currentTarget.value)} />
        </Field.Root>
      </Flex>
      {error && <Problem error={error} reload={reload} />}
      {!data && !error && <Loading />}
      {data && (
        <>
          <Wide label="Entries of the ledger, a wide table">
            <Table.Root size="sm">
              <Table.Header>
                <Table.Row>
                  {["#", "When", "Kind", "Who", "Versions", "Says"].map((one) => (
                    <Table.ColumnHeader key={one}>{one}</Table.ColumnHeader>
                  ))}
                </Table.Row>
              </Table.Header>
              <Table.Body>
                {data.items.map((one) => (
                  <Row key={one.sequence} model={model} one={one} />
                ))}
              </Table.Body>
            </Table.Root>
          </Wide>
          {data.items.length === 0 && <Text color="fg.muted">No entry is like that.</Text>}
          <Flex gap={3} mt={3}>
            <Button size="xs" variant="outline" disabled={cursor === 0} onClick={() => setCursor(Math.max(0, cursor - PAGE))}>
              Earlier
            </Button>
            <Button size="xs" variant="outline" disabled={data.next === null} onClick={() => setCursor(data.next ?? cursor)}>
              Later
            </Button>
          </Flex>
        </>
      )}
    </>
  );
}

function Row({ model, one }: { model: string; one: Entry }) {
  const says = [one.body.reason, one.body.outcome, one.body.night, one.body.what].filter((part) => typeof part === "string");
  return (
    <Table.Row>
      <Table.Cell>{one.sequence}</Table.Cell>
      <Table.Cell whiteSpace="nowrap">
        <Time at={one.at} />
      </Table.Cell>
      <Table.Cell>
        <Badge>{one.kind.replace("_", " ")}</Badge>
      </Table.Cell>
      <Table.Cell>{one.by ?? "–"}</Table.Cell>
      <Table.Cell whiteSpace="nowrap">
        {one.versions.map((version) => (
          <Page key={version} to={versionPage(model, version)} me={2}>
            {version}
          </Page>
        ))}
      </Table.Cell>
      <Table.Cell>{says.join(" · ") as string}</Table.Cell>
    </Table.Row>
  );
}
