// The tab of a task: its record in a person's words, and where to read more.

import { Badge, Box, Flex, Heading, Link, List, SimpleGrid, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";
import type { SyntheticEvent } from "react";

import { address } from "../api";
import { Said, Time } from "../parts";
import { seconds } from "../words";
import type { Run, Task } from "./types";

const TONES = { good: "green", bad: "red", unsure: "orange", plain: "gray" };

export function TaskRecord({ task, run, taskId }: { task: Task; run: Run; taskId: string }) {
  const report =
    task.report && address(["runs", run.dag_id, run.run_id, taskId, "report", task.report]).href;
  return (
    <Stack gap={5}>
      <Verdict task={task} />
      <Figures figures={task.figures} />
      <ReadMore task={task} report={report} />
      {report ? <Report source={report} title={task.headline} /> : <Facts task={task} />}
      <Details task={task} />
    </Stack>
  );
}

function Verdict({ task }: { task: Task }) {
  return (
    <Box as="header">
      <Flex align="center" gap={3} wrap="wrap">
        <Heading as="h2" size="xl">
          {task.headline}
        </Heading>
        <Badge colorPalette={TONES[task.tone]} size="md">
          {task.verdict}
        </Badge>
      </Flex>
      {task.reasons.map((reason) => (
        <Text key={reason} mt={2}>
          {reason}
        </Text>
      ))}
      <Text color="fg.muted" mt={1} fontSize="sm">
        {howItCame(task)} <Time at={task.ended_at} />.
      </Text>
    </Box>
  );
}

function howItCame(task: Task): string {
  const night = task.night ? `Night of ${task.night}. ` : "";
  if (task.reused) {
    const from = task.made_by ? ` of ${task.made_by}` : " of an earlier run";
    return `${night}Nothing that decides it had changed: the result${from} was used again.`;
  }
  return `${night}Took ${seconds(task.seconds)}.`;
}

function Figures({ figures }: { figures: Task["figures"] }) {
  return (
    <SimpleGrid as="dl" minChildWidth="44" gap={3}>
      {figures.map(({ label, value, note }) => (
        <Box key={label} borderWidth={1} borderRadius="lg" px={4} py={3}>
          <Text as="dt" color="fg.muted" fontSize="sm">
            {label}
          </Text>
          <Text as="dd" fontSize="xl" fontWeight="semibold" overflowWrap="anywhere">
            {value}
          </Text>
          {note && (
            <Text as="dd" color="fg.muted" fontSize="sm">
              {note}
            </Text>
          )}
        </Box>
      ))}
    </SimpleGrid>
  );
}

function ReadMore({ task, report }: { task: Task; report: string | null }) {
  const links = [...task.links, ...(report ? [{ label: "Open the report", href: report }] : [])];
  return (
    <Stack gap={1} _empty={{ display: "none" }}>
      {task.ledger && (
        <Text color={task.signed ? undefined : "fg.warning"}>
          <Said>{task.ledger}</Said>
        </Text>
      )}
      {links.length > 0 && (
        <Flex gap={5} wrap="wrap">
          {links.map(({ label, href }) => (
            <Link
              key={href}
              href={href}
              target="_blank"
              rel="noopener noreferrer"
              colorPalette="blue"
              variant="underline"
            >
              {`${label} ↗`}
            </Link>
          ))}
        </Flex>
      )}
    </Stack>
  );
}

function Facts({ task }: { task: Task }) {
  return (
    <List.Root ps={5}>
      {task.facts.map((fact) => (
        <List.Item key={fact}>{fact}</List.Item>
      ))}
    </List.Root>
  );
}

/** The report's tables, without the headline and the figures, which stand above already. */
function Report({ source, title }: { source: string; title: string }) {
  const [height, setHeight] = useState(240);
  // The report runs no script, but it is of our origin: this page may prepare and measure it.
  const fit = ({ currentTarget }: SyntheticEvent<HTMLIFrameElement>) => {
    const page = currentTarget.contentDocument?.documentElement;
    page?.classList.add("embedded");
    setHeight(page?.scrollHeight ?? height);
  };
  // A page without a script learns the theme from its frame, and that from Airflow's page, whenever
  // somebody changes it.
  const style = { border: 0, width: "100%", height: `${height}px`, colorScheme: "inherit" };
  return <iframe src={source} title={`Report: ${title}`} onLoad={fit} style={style} />;
}

function Details({ task }: { task: Task }) {
  return (
    <Box as="details">
      <Text as="summary" cursor="pointer" color="fg.muted">
        The record itself
      </Text>
      <Text fontSize="sm" mt={2}>{`Content ${task.content}`}</Text>
      <Box
        as="pre"
        mt={2}
        p={4}
        maxH="96"
        overflow="auto"
        borderRadius="lg"
        bg="bg.subtle"
        fontSize="xs"
        tabIndex={0}
      >
        {JSON.stringify(task.record, null, 2)}
      </Box>
    </Box>
  );
}
