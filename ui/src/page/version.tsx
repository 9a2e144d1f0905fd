// One version: everything that led to it, and what came of it, in one scroll.

import { Badge, Box, Flex, Heading, Link, Stack, Text } from "@chakra-ui/react";

import { LOOK_MS, address, useAnswer } from "../api";
import { Loading, Message, Page, Problem, Said, Section, Time } from "../parts";

import { HoldoutCurves } from "./curves";
import type { Curves } from "./curves";
import type { CostOfErrors } from "./threshold";
import { FATES, HOW } from "./names";
import { Act } from "./needs";
import { modelPage, runPage } from "./places";
import type { Candidate, May, Reign } from "./types";

interface Chapter {
  stage: string;
  dag_id: string;
  run_id: string;
  sha256: string;
  missing: string | null;
  headline: string;
  verdict: string;
  tone: "good" | "bad" | "unsure" | "plain";
  figures: { label: string; value: string; note: string }[];
  facts: string[];
  card: boolean;
  curves: Curves | null;
}

interface Version {
  version: number;
  candidates: Candidate[];
  champions: Reign[];
  present: boolean;
  withdrawn: boolean;
  followed_by: Reign | null;
  key_metric: string | null;
  better: Record<string, boolean>;
  chapters: Chapter[];
  answers: { entry: number; at: string; by: string | null; approved: boolean; reason: string | null }[];
  nights: string[];
  may: May;
  evidence: boolean;
  cost: Record<string, string>;
  costs: CostOfErrors | null;
}

const TONES = { good: "green", bad: "red", unsure: "orange", plain: "gray" };

export function VersionPage({ model, version }: { model: string; version: string }) {
  const { data, error, reload } = useAnswer<Version>(["api", "v1", "models", model, "versions", version], () => LOOK_MS);
  return (
    <>
      <Box as="header">
        <Page to={modelPage(model)}>{model}</Page>
        <Heading as="h1" size="2xl" mt={1}>
          Version {version}
        </Heading>
      </Box>
      {error && <Problem error={error} reload={reload} />}
      {!data && !error && <Loading />}
      {data && <Whole model={model} told={data} changed={reload} />}
    </>
  );
}

function Whole({ model, told, changed }: { model: string; told: Version; changed: () => void }) {
  const last = told.candidates.at(-1);
  return (
    <Stack gap={8}>
      <Standing told={told} />
      {told.withdrawn && told.may.start.includes("model_clear") && (
        <Box>
          <Text>The gate refuses it until a named person clears it: nothing is promoted by that.</Text>
          <Act dagId="model_clear" conf={{ model, version: told.version }} does="Clear it" changed={changed} />
        </Box>
      )}
      {last && (
        <Section title="What became of it">
          {told.candidates.map((one) => (
            <Box key={one.sequence} mb={2}>
              <Flex gap={2} align="center" wrap="wrap">
                <Badge colorPalette={FATES[one.fate].palette}>{FATES[one.fate].text}</Badge>
                <Text>
                  Judged <Time at={one.at} />
                  {one.night && `, data of ${one.night}`}, policy {one.policy}.{" "}
                  <Page to={runPage(one.dag_id, one.run_id)}>Open the run</Page>
                </Text>
              </Flex>
              {one.because && (
                <Text color="fg.muted">
                  <Said>{one.because}</Said>
                </Text>
              )}
            </Box>
          ))}
        </Section>
      )}
      {told.chapters.map((one) => (
        <Section key={one.stage} title={one.stage}>
          {one.missing === null ? (
            <Told model={model} chapter={one} costs={told.costs} />
          ) : (
            <Message status="warning" title="It cannot be shown.">
              {one.missing}
            </Message>
          )}
        </Section>
      ))}
      {told.answers.length > 0 && (
        <Section title="approval">
          {told.answers.map((one) => (
            <Text key={one.entry}>
              {one.by ?? "Nobody in time"} said {one.approved ? "yes" : "no"}, <Time at={one.at} />: {one.reason ?? "no reason given"}
            </Text>
          ))}
        </Section>
      )}
      {told.champions.length > 0 && (
        <Section title="champion">
          {told.champions.map((one) => (
            <Text key={one.sequence}>
              <Time at={one.since} /> to {one.until ? <Time at={one.until} /> : "now"}: {HOW[one.how]}
              {one.by.length > 0 && `, by ${one.by.join(" and ")}`}. {one.why}
            </Text>
          ))}
        </Section>
      )}
      {Object.keys(told.cost).length > 0 && (
        <Section title="what it cost">
          <Text>
            {Object.entries(told.cost)
              .map(([name, value]) => `${name}: ${value}`)
              .join(" · ")}
          </Text>
        </Section>
      )}
      <Section title="downloads">
        <Flex gap={5} wrap="wrap">
          <Out href={address(["api", "v1", "models", model, "ledger.json"]).href}>The ledger</Out>
          {told.chapters.some((one) => one.card) && <Text>The model card and every report stand with their stages above.</Text>}
          {told.evidence ? (
            <Out href={address(["api", "v1", "models", model, "versions", `${told.version}`, "evidence.zip"]).href}>Evidence pack</Out>
          ) : (
            <Text color="fg.muted">{`No evidence pack: \`airlock evidence ${model} ${told.version}\` makes one.`}</Text>
          )}
        </Flex>
      </Section>
      <Section title="nights that it serves">
        <Text>{told.nights.length > 0 ? told.nights.join(", ") : "None."}</Text>
      </Section>
    </Stack>
  );
}

function Standing({ told }: { told: Version }) {
  const reign = told.champions.at(-1);
  if (reign === undefined) {
    return (
      <Message status="neutral" title="It never was champion.">
        What became of it stands below.
      </Message>
    );
  }
  return told.present ? (
    <Message status="success" title="It is champion.">
      Since <Time at={reign.since} />.
    </Message>
  ) : (
    <Message status="warning" title="It is no longer champion.">
      It was until {reign.until && <Time at={reign.until} />}. <After next={told.followed_by} />
    </Message>
  );
}

function After({ next }: { next: Reign | null }) {
  if (next === null) {
    return null;
  }
  const why = next.how === "rolled back" ? "this one was rolled back" : HOW[next.how].toLowerCase();
  return (
    <>
      Version {next.version} took its place: {why}
      {next.by.length > 0 && `, by ${next.by.join(" and ")}`}. {next.why}
    </>
  );
}

function Told({ model, chapter, costs }: { model: string; chapter: Chapter; costs: CostOfErrors | null }) {
  const pages = ["api", "v1", "models", model, "artefacts", chapter.sha256, "report"];
  return (
    <Stack gap={3}>
      <Flex gap={3} align="center" wrap="wrap">
        <Text fontWeight="semibold">{chapter.headline}</Text>
        <Badge colorPalette={TONES[chapter.tone]}>{chapter.verdict}</Badge>
      </Flex>
      <Flex as="dl" gap={6} wrap="wrap">
        {chapter.figures.map(({ label, value, note }) => (
          <Box key={label}>
            <Text as="dt" color="fg.muted" fontSize="sm">
              {label}
            </Text>
            <Text as="dd" fontSize="lg" fontWeight="semibold">
              {value}
            </Text>
            {note && (
              <Text as="dd" color="fg.muted" fontSize="sm">
                {note}
              </Text>
            )}
          </Box>
        ))}
      </Flex>
      {chapter.curves && <HoldoutCurves curves={chapter.curves} costs={costs} />}
      <Flex gap={5} wrap="wrap">
        <Out href={address([...pages, "index.html"]).href}>{`The report of ${chapter.stage}`}</Out>
        {chapter.card && <Out href={address([...pages, "card.html"]).href}>Model card</Out>}
      </Flex>
    </Stack>
  );
}

function Out({ href, children }: { href: string; children: string }) {
  return (
    <Link href={href} target="_blank" rel="noopener noreferrer" colorPalette="blue" variant="underline">
      {`${children} ↗`}
    </Link>
  );
}

