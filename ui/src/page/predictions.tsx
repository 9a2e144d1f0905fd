// What was said of each night: rows and versions, and on demand the scores as a histogram.

import { Badge, Box, Button, Flex, Table, Text, VisuallyHidden } from "@chakra-ui/react";
import { useState } from "react";

import { useAnswer } from "../api";
import { Lines, outline } from "../charts/lines";
import type { Bar } from "../charts/lines";
import { Loading, Page, Problem, Wide } from "../parts";
import { count, share } from "../words";
import { versionPage } from "./places";
import type { Night } from "./types";

interface Detail {
  items: {
    scored: { number: number; versions: number[]; rows: number; serves: boolean; again: string; role: string };
    histogram: { of: string; bars: Bar[]; labels: Record<string, number> } | null;
  }[];
}

export function Predictions({ model, nights }: { model: string; nights: Night[] }) {
  const [open, setOpen] = useState<string>();
  const newest = [...nights].reverse().slice(0, 30);
  return (
    <>
      <Wide label="Predictions, a wide table">
        <Table.Root size="sm">
          <Table.Header>
            <Table.Row>
              {["Night", "Rows", "Versions", "Drift", "Scores"].map((one) => (
                <Table.ColumnHeader key={one}>{one}</Table.ColumnHeader>
              ))}
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {newest.map((one) => (
              <Table.Row key={one.night}>
                <Table.Cell whiteSpace="nowrap">{one.night}</Table.Cell>
                <Table.Cell>{count(one.rows)}</Table.Cell>
                <Table.Cell>
                  {one.versions.map((version) => (
                    <Page key={version} to={versionPage(model, version)} me={2}>
                      version {version}
                    </Page>
                  ))}
                </Table.Cell>
                <Table.Cell>{one.standing ?? "–"}</Table.Cell>
                <Table.Cell>
                  <Button
                    size="xs"
                    variant="outline"
                    aria-expanded={open === one.night}
                    onClick={() => setOpen(open === one.night ? undefined : one.night)}
                  >
                    {open === one.night ? "Hide" : "Show"}
                    <VisuallyHidden>{` the scores of ${one.night}`}</VisuallyHidden>
                  </Button>
                </Table.Cell>
              </Table.Row>
            ))}
          </Table.Body>
        </Table.Root>
      </Wide>
      {open && <Scores model={model} night={open} />}
    </>
  );
}

function Scores({ model, night }: { model: string; night: string }) {
  const { data, error, reload } = useAnswer<Detail>(["api", "v1", "models", model, "nights", night], () => 0);
  if (!data) {
    return error ? <Problem error={error} reload={reload} /> : <Loading />;
  }
  return (
    <Flex gap={4} wrap="wrap" mt={3}>
      {data.items.map(({ scored, histogram }) => (
        <Box key={scored.number} maxW="sm" flex={1} minW="64">
          <Flex gap={2} align="center" wrap="wrap" mb={2}>
            <Text fontWeight="semibold">
              {scored.versions.map((one) => `version ${one}`).join(" and ")}, {count(scored.rows)} rows
            </Text>
            <Badge colorPalette={scored.serves ? "green" : "gray"}>
              {scored.serves ? "serves" : scored.role === "shadow" ? "shadow" : "superseded"}
            </Badge>
          </Flex>
          {scored.again && <Text color="fg.muted">{scored.again}</Text>}
          {histogram === null && <Text color="fg.muted">Nobody counted its scores.</Text>}
          {histogram && (
            <>
              <Lines title={`Scores of ${night}`} x={histogram.of} y="Density" lines={[{ name: "candidate", points: outline(histogram.bars) }]} />
              <Text mt={2}>
                {Object.entries(histogram.labels)
                  .map(([label, rows]) => `${label}: ${count(rows)} (${share(rows / scored.rows)})`)
                  .join(", ")}
              </Text>
            </>
          )}
        </Box>
      ))}
    </Flex>
  );
}
