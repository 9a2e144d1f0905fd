// All models: who is champion and since when, how good, and what needs a person.

import { Badge, Box, Flex, Heading, SimpleGrid, Stack, Text } from "@chakra-ui/react";

import { LOOK_MS, useAnswer } from "../api";
import { Trend } from "../charts/trend";
import { Loading, Message, Page, Problem, Time } from "../parts";
import { count, figure, hours, money } from "../words";
import { FATES, HOW, OPEN, PRESSING } from "./names";
import { Needs } from "./needs";
import { SOON_MS, modelPage } from "./places";
import type { Candidate, May, Need, Night, Reign, Summary } from "./types";

/** `unread` ledgers are still being verified. */
interface Listed {
  models: Summary[];
  unread: number;
  may: May;
}

export function ModelList() {
  const { data, error, reload } = useAnswer<Listed>(["api", "v1", "models"], (found) =>
    found.unread ? SOON_MS : LOOK_MS,
  );
  if (!data) {
    return error ? <Problem error={error} reload={reload} /> : <Loading />;
  }
  const needs = data.models
    .flatMap((one) => one.needs)
    .sort((a, b) => PRESSING.indexOf(a.kind) - PRESSING.indexOf(b.kind));
  return (
    <>
      <Heading as="h1" size="2xl">
        Models
      </Heading>
      {error && <Problem error={error} reload={reload} />}
      {data.unread > 0 && (
        <Message status="info" title={`${count(data.unread)} more are being verified`}>
          This page follows.
        </Message>
      )}
      {data.models.length === 0 && data.unread === 0 && (
        <Message status="info" title="No model yet">
          Trigger a training DAG. Its candidate comes here once the gate has judged it.
        </Message>
      )}
      <Needs needs={needs} may={data.may} changed={reload} named />
      <SimpleGrid as="ul" listStyleType="none" columns={{ base: 1, lg: 2 }} gap={4}>
        {data.models.map((one) => (
          <Card key={one.model} model={one} />
        ))}
      </SimpleGrid>
    </>
  );
}

function Card({ model }: { model: Summary }) {
  const metric = model.key_metric;
  return (
    <Box as="li" borderWidth={1} borderRadius="lg" p={4} minW={0}>
      <Flex align="baseline" justify="space-between" gap={3} wrap="wrap">
        <Heading as="h2" size="lg" overflowWrap="anywhere">
          <Page to={modelPage(model.model)}>{model.model}</Page>
        </Heading>
        <Champion reign={model.champion} broken={model.broken !== null} />
      </Flex>
      {model.broken === null && (
        <Stack gap={2} mt={3}>
          {model.champion && (
            <Text color="fg.muted">
              Champion since <Since reign={model.champion} />. {said(model.champion)}
            </Text>
          )}
          {metric && (
            <Trend points={model.trend} metric={metric} better={model.higher_is_better} />
          )}
          {model.last && <Last candidate={model.last} metric={metric} />}
          {model.night && <LastNight night={model.night} />}
          {model.trial && (
            <Text>
              Version {model.trial.version} is on trial: step {model.trial.step} of{" "}
              {model.trial.steps}.
            </Text>
          )}
          <Open needs={model.needs} />
          {model.spent && (
            <Text>
              This month: {money(model.spent)}, {hours(model.spent.cpu_seconds)} CPU hours
              {model.spent.device_seconds > 0 && `, ${hours(model.spent.device_seconds)} device hours`}.
            </Text>
          )}
          <Text color="fg.muted" fontSize="sm">
            All {count(model.entries)} entries of its ledger verify.
          </Text>
        </Stack>
      )}
    </Box>
  );
}

/** What is open, at a glance: the sentences stand on top of the page. */
function Open({ needs }: { needs: Need[] }) {
  const kinds = PRESSING.filter((kind) => needs.some((one) => one.kind === kind));
  return (
    <Flex gap={2} wrap="wrap" _empty={{ display: "none" }}>
      {kinds.map((kind) => (
        <Badge key={kind} colorPalette={kind === "review" ? "gray" : "orange"}>
          {OPEN[kind]}
        </Badge>
      ))}
    </Flex>
  );
}

function Champion({ reign, broken }: { reign: Reign | null; broken: boolean }) {
  if (broken) {
    return <Badge colorPalette="red">ledger does not verify</Badge>;
  }
  return reign ? (
    <Badge colorPalette="green" size="lg">
      version {reign.version}
    </Badge>
  ) : (
    <Badge>no champion yet</Badge>
  );
}

function Since({ reign }: { reign: Reign }) {
  return (
    <>
      <Time at={reign.since} />, <Time at={reign.since} relative />
    </>
  );
}

function said({ how, by }: Reign): string {
  return `${HOW[how]}${by.length ? `, by ${by.join(" and ")}` : ""}.`;
}

function Last({ candidate, metric }: { candidate: Candidate; metric: string | null }) {
  const { text, palette } = FATES[candidate.fate];
  const found = metric === null ? undefined : candidate.figures[metric];
  return (
    <Box>
      <Flex gap={2} align="center" wrap="wrap">
        <Text>
          Last candidate: version {candidate.version}
          {candidate.night && `, night of ${candidate.night}`}
          {metric && found && `, ${metric} ${figure(found.value)}`}
        </Text>
        <Badge colorPalette={palette}>{text}</Badge>
      </Flex>
      {candidate.because && (
        <Text color="fg.muted" fontSize="sm" lineClamp={2}>
          {candidate.because}
        </Text>
      )}
    </Box>
  );
}

function LastNight({ night }: { night: Night }) {
  const versions = night.versions.map((one) => `version ${one}`).join(" and ");
  const drift =
    night.standing === null ? "" : night.standing === "calm" ? " No drift." : " It has drifted.";
  return (
    <Text>
      Last scored night: {night.night}, {count(night.rows)} rows by {versions}.{drift}
    </Text>
  );
}
