// The tab of a run: every stage with what it came to.

import { Badge, Box, Flex, Heading, Text } from "@chakra-ui/react";

import { modelPage } from "../page/places";
import { Page, Said, Time } from "../parts";
import { seconds } from "../words";
import { STEPS, Sign, TAB, taskPage } from "./steps";
import type { Run, Stage } from "./types";

export function StageList({ run }: { run: Run }) {
  return (
    <Box as="section" aria-labelledby="airlock-stages">
      <Heading as="h2" size="md" id="airlock-stages" mb={3}>
        {run.night ? `The night of ${run.night}` : run.at ? <Time at={run.at} /> : "Stages"}
      </Heading>
      {run.model && (
        <Text mb={3}>
          <Page to={modelPage(run.model)}>{`All about ${run.model}`}</Page>
        </Text>
      )}
      <Box as="ol" listStyleType="none" borderWidth={1} borderRadius="lg" overflow="hidden">
        {run.stages.map((stage) => (
          <Row key={stage.task_id} run={run} stage={stage} />
        ))}
      </Box>
    </Box>
  );
}

function Row({ run, stage }: { run: Run; stage: Stage }) {
  const quiet = stage.headline === null;
  return (
    <Flex as="li" align="center" gap={3} px={4} py={3} _notFirst={{ borderTopWidth: 1 }} wrap="wrap">
      <Sign step={stage.step} />
      <Page to={taskPage(run, stage.task_id, TAB)} w="24" fontWeight="semibold">
        {stage.stage}
      </Page>
      <Text flex={1} minW="48" color={quiet ? "fg.muted" : "fg"}>
        {stage.problem ? <Said>{stage.problem.what}</Said> : quiet ? STEPS[stage.step].says : stage.headline}
      </Text>
      {stage.reused && <Badge colorPalette="blue">reused</Badge>}
      {stage.seconds !== null && (
        <Text color="fg.muted" fontSize="sm" w="14" textAlign="right">
          {seconds(stage.seconds)}
        </Text>
      )}
    </Flex>
  );
}
