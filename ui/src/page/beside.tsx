// Two candidates side by side: metrics, slices, hyperparameters, data, policy and cost.

import { Badge, Box, Checkbox, Flex, Stack, Table, Text } from "@chakra-ui/react";
import { useState } from "react";

import { useAnswer } from "../api";
import { Loading, Problem, Wide } from "../parts";
import type { Candidate } from "./types";

interface Compared {
  parts: {
    title: string;
    rows: { name: string; left: string | null; right: string | null; differs: boolean; whole: [string, string] | null }[];
  }[];
}

export function SideBySide({ model, two }: { model: string; two: [Candidate, Candidate] }) {
  const [left, right] = two;
  const asked = new URLSearchParams({ left: `${left.sequence}`, right: `${right.sequence}` });
  const { data, error, reload } = useAnswer<Compared>(["api", "v1", "models", model, "compared"], () => 0, "", asked.toString());
  const [all, setAll] = useState(false);
  if (!data) {
    return error ? <Problem error={error} reload={reload} /> : <Loading />;
  }
  return (
    <Stack mt={4} gap={3}>
      <Flex gap={4} align="center" wrap="wrap">
        <Text color="fg.muted">
          Each was measured on the holdout of its own night; intervals that overlap say nothing.
        </Text>
        <Checkbox.Root size="sm" checked={all} onCheckedChange={() => setAll(!all)}>
          <Checkbox.HiddenInput />
          <Checkbox.Control />
          <Checkbox.Label>Show what is the same, too</Checkbox.Label>
        </Checkbox.Root>
      </Flex>
      <Wide label="Two versions side by side">
        <Table.Root size="sm">
          <Table.Header>
            <Table.Row>
              <Table.ColumnHeader>What</Table.ColumnHeader>
              {two.map((one) => (
                <Table.ColumnHeader key={one.sequence}>version {one.version}</Table.ColumnHeader>
              ))}
            </Table.Row>
          </Table.Header>
          {data.parts.map((part) => (
            <Part key={part.title} part={part} all={all || part.title.startsWith("Metrics")} />
          ))}
        </Table.Root>
      </Wide>
    </Stack>
  );
}

function Part({ part, all }: { part: Compared["parts"][number]; all: boolean }) {
  const shown = part.rows.filter((one) => all || one.differs);
  const same = part.rows.length - shown.length;
  return (
    <Table.Body>
      <Table.Row>
        <Table.ColumnHeader scope="rowgroup" colSpan={3}>
          {part.title}
          {same > 0 && <Badge ms={2}>{`${same} the same`}</Badge>}
        </Table.ColumnHeader>
      </Table.Row>
      {shown.map((one) => (
        <Table.Row key={one.name}>
          <Table.Cell ps={6}>{one.name}</Table.Cell>
          {[one.left, one.right].map((value, at) => (
            <Table.Cell key={at} title={one.whole?.[at]} overflowWrap="anywhere">
              <Box as="span" fontWeight={one.differs ? "semibold" : undefined}>
                {value ?? "–"}
              </Box>
            </Table.Cell>
          ))}
        </Table.Row>
      ))}
    </Table.Body>
  );
}
