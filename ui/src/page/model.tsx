// One model: its champions, candidates and nights.

import { Box, Flex, Heading, NativeSelect, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";

import { LOOK_MS, useAnswer } from "../api";
import { Heat } from "../charts/heat";
import { Trend } from "../charts/trend";
import { Loading, Message, Page, Problem, Section, Time } from "../parts";
import { count, figure, share } from "../words";
import { Candidates } from "./candidates";
import { Champions } from "./champions";
import { LedgerTable } from "./ledger";
import { HOW } from "./names";
import { Needs } from "./needs";
import { ROOT, versionPage } from "./places";
import { Review } from "./review";
import { Costs } from "./spent";
import { Predictions } from "./predictions";
import type { Model, Night } from "./types";

export function ModelPage({ name }: { name: string }) {
  const { data, error, reload } = useAnswer<Model>(["api", "v1", "models", name], () => LOOK_MS);
  return (
    <>
      <Box as="header">
        <Page to={ROOT}>All models</Page>
        <Heading as="h1" size="2xl" mt={1} overflowWrap="anywhere">
          {name}
        </Heading>
      </Box>
      {error && <Problem error={error} reload={reload} />}
      {!data && !error && <Loading />}
      {data && (data.broken === null ? <Whole model={data} reload={reload} /> : <Broken why={data.broken} />)}
    </>
  );
}

/** Of a model whose ledger does not verify nothing else is shown: none of it is to be believed. */
function Broken({ why }: { why: string }) {
  return (
    <Message status="error" title="The ledger of this model does not verify.">
      {why}
    </Message>
  );
}

function Whole({ model, reload }: { model: Model; reload: () => void }) {
  return (
    <Stack gap={8}>
      <Front model={model} />
      <Needs needs={model.needs} may={model.may} changed={reload} />
      {model.trial && (
        <Message status="info" title={`Version ${model.trial.version} is on trial`}>
          It answers {share(model.trial.share)} of the keys: step {model.trial.step} of{" "}
          {model.trial.steps}.
        </Message>
      )}
      {model.key_metric && <OnHoldout model={model} first={model.key_metric} />}
      <Section title="Champions">
        <Champions model={model} changed={reload} />
      </Section>
      <Section title="Candidates">
        <Candidates model={model} />
      </Section>
      <Section title="Nights">
        <Nights nights={model.nights} />
      </Section>
      {model.nights.length > 0 && (
        <Section title="Predictions, night by night">
          <Predictions model={model.model} nights={model.nights} />
        </Section>
      )}
      {model.live && (
        <Section title="What the predictions were worth">
          <Worth model={model} />
        </Section>
      )}
      {model.live && (
        <Section title="Put to people">
          <Review model={model.model} live={model.live} />
        </Section>
      )}
      <Section title="Costs">
        <Costs model={model.model} />
      </Section>
      <Section title="Ledger">
        <Text color="fg.muted" mb={3}>
          All {count(model.entries)} entries of the ledger verify.
        </Text>
        <LedgerTable model={model.model} />
      </Section>
    </Stack>
  );
}

/** Any metric, candidate by candidate: champions are filled. */
function OnHoldout({ model, first }: { model: Model; first: string }) {
  const [metric, setMetric] = useState(first);
  return (
    <Section title={`${metric} on the holdout, candidate by candidate`}>
      <Choice label="Metric on the holdout" value={metric} among={Object.keys(model.better)} choose={setMetric} />
      <Trend
        points={model.candidates.map((one) => ({
          version: one.version,
          night: one.night,
          fate: one.fate,
          figure: one.figures[metric] ?? null,
        }))}
        metric={metric}
        better={model.better[metric] ?? true}
        large
      />
    </Section>
  );
}

interface Offered {
  label: string;
  value: string;
  among: string[];
  choose: (value: string) => void;
}

function Choice({ label, value, among, choose }: Offered) {
  return (
    <NativeSelect.Root size="sm" w="64" mb={2}>
      <NativeSelect.Field aria-label={label} value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {among.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </NativeSelect.Field>
      <NativeSelect.Indicator />
    </NativeSelect.Root>
  );
}

/** Who is champion, since when, why, how good: the first screen. */
function Front({ model }: { model: Model }) {
  const reign = model.champions.at(-1);
  if (reign === undefined) {
    return (
      <Message status="info" title="No champion yet">
        No candidate has passed the gate.
      </Message>
    );
  }
  const measured = model.candidates.findLast((one) => one.version === reign.version);
  const metric = model.key_metric;
  const found = metric === null ? undefined : measured?.figures[metric];
  const free = metric === null ? [] : Object.entries(measured?.baselines ?? {});
  return (
    <Box borderWidth={1} borderRadius="lg" p={5}>
      <Text fontSize="xl">
        <Page to={versionPage(model.model, reign.version)} fontWeight="bold">
          Version {reign.version}
        </Page>{" "}
        is champion since <Time at={reign.since} />.
      </Text>
      <Text mt={1}>
        {HOW[reign.how]}
        {reign.by.length > 0 && `, by ${reign.by.join(" and ")}`}
        {reign.policy && `, under the policy ${reign.policy}`}. {reign.why}
      </Text>
      {metric && found && (
        <Flex gap={6} mt={3} wrap="wrap">
          <Figure label={metric} value={figure(found.value)} note={`${figure(found.low)} to ${figure(found.high)}`} />
          {free.map(([name, figures]) => {
            const one = figures[metric];
            return one && <Figure key={name} label={name} value={figure(one.value)} note={`${figure(one.low)} to ${figure(one.high)}`} />;
          })}
        </Flex>
      )}
    </Box>
  );
}

function Figure({ label, value, note }: { label: string; value: string; note: string }) {
  return (
    <Box>
      <Text color="fg.muted" fontSize="sm">
        {label}
      </Text>
      <Text fontSize="xl" fontWeight="semibold">
        {value}
      </Text>
      <Text color="fg.muted" fontSize="sm">
        {note}
      </Text>
    </Box>
  );
}

function Nights({ nights }: { nights: Night[] }) {
  if (nights.length === 0) {
    return <Text color="fg.muted">No night was scored yet.</Text>;
  }
  return <Heat nights={nights} />;
}

function Worth({ model }: { model: Model }) {
  const metrics = Object.keys(model.better).filter((name) => model.worth.some((one) => one.figures[name]));
  const [chosen, setChosen] = useState<string>();
  const metric = chosen ?? (model.key_metric && metrics.includes(model.key_metric) ? model.key_metric : metrics[0]) ?? null;
  return (
    <Stack gap={3}>
      {metric && metrics.length > 1 && (
        <Choice label="Metric of the predictions" value={metric} among={metrics} choose={setChosen} />
      )}
      {metric && (
        <Trend
          points={model.worth.map((one) => ({
            version: one.version,
            night: one.night,
            fate: one.champion ? "champion" : "superseded",
            figure: one.figures[metric] ?? null,
          }))}
          metric={metric}
          better={model.better[metric] ?? true}
          large
        />
      )}
      <Said model={model} metric={metric} />
    </Stack>
  );
}

/** The last word about each version. */
function Said({ model, metric }: { model: Model; metric: string | null }) {
  return (
    <Stack as="ul" listStyleType="none" gap={1}>
      {model.live?.versions.map((one) => {
        const found = metric === null ? undefined : one.figures[metric];
        return (
          <Text as="li" key={one.version}>
            Version {one.version}: {count(one.rows)} rows with labels
            {metric && found && `, ${metric} ${figure(found.value)} (${figure(found.low)} to ${figure(found.high)})`}.
          </Text>
        );
      })}
    </Stack>
  );
}
