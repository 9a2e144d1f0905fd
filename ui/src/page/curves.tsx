// Candidate and champion over one another on the holdout, drawn from groups of many rows.

import { SimpleGrid, Text } from "@chakra-ui/react";

import { Lines, outline } from "../charts/lines";
import type { Bar, Line, Point } from "../charts/lines";
import { Threshold } from "./threshold";
import type { CostOfErrors } from "./threshold";

export interface Band {
  rows: number;
  score: number;
  truth: number;
}

export interface Scores {
  bands: Band[];
  histogram: Bar[];
}

export interface Curves {
  task: "binary" | "classes" | "number";
  classes: string[];
  candidate: Scores;
  champion: Scores | null;
}

/** Rows and hits above each threshold, from above all scores to below all. */
function fromAbove({ bands }: Scores): { rows: number; hits: number }[] {
  let [rows, hits] = [0, 0];
  const steps = [...bands].reverse().map((band) => {
    rows += band.rows;
    hits += Math.round(band.truth * band.rows);
    return { rows, hits };
  });
  return [{ rows: 0, hits: 0 }, ...steps];
}

function roc(one: Scores): Point[] {
  const steps = fromAbove(one);
  const all = steps.at(-1) ?? { rows: 0, hits: 0 };
  const others = all.rows - all.hits;
  return all.hits && others ? steps.map(({ rows, hits }) => [(rows - hits) / others, hits / all.hits]) : [];
}

function precision(one: Scores): Point[] {
  const steps = fromAbove(one);
  const all = steps.at(-1)?.hits ?? 0;
  return all ? steps.filter(({ rows }) => rows).map(({ rows, hits }) => [hits / all, hits / rows]) : [];
}

function gain(one: Scores): Point[] {
  const steps = fromAbove(one);
  const all = steps.at(-1) ?? { rows: 0, hits: 0 };
  return all.hits ? steps.map(({ rows, hits }) => [rows / all.rows, hits / all.hits]) : [];
}

const truth = (one: Scores): Point[] => one.bands.map((band) => [band.score, band.truth]);
const DIAGONAL: Point[] = [
  [0, 0],
  [1, 1],
];

export function HoldoutCurves({ curves, costs }: { curves: Curves; costs: CostOfErrors | null }) {
  const both = (drawn: (one: Scores) => Point[]): Line[] => [
    { name: "candidate", points: drawn(curves.candidate) },
    ...(curves.champion ? [{ name: "champion", points: drawn(curves.champion) }] : []),
  ];
  const chance = { name: "by chance", points: DIAGONAL };
  const binary = curves.task === "binary";
  const number = curves.task === "number";
  return (
    <>
      <SimpleGrid columns={{ base: 1, md: 2, lg: 3 }} gap={3}>
        {binary && (
          <>
            <Lines title="ROC" x="others that are flagged" y="Share that is found" lines={[...both(roc), chance]} />
            <Lines title="Precision and recall" x="share that is found" y="Of those flagged, right" lines={both(precision)} />
            <Lines title="Gain" x="share of the rows, best first" y="Share that is found" lines={[...both(gain), chance]} />
          </>
        )}
        <Lines
          title={number ? "Truth by prediction" : "Reliability"}
          x="what it said, mean of a group"
          y={number ? "Truth, mean of the group" : "Share that came true"}
          lines={number ? both(truth) : [...both(truth), { name: "as it said", points: DIAGONAL }]}
        />
        <Lines
          title={number ? "Truth minus prediction" : "Scores"}
          x={number ? "truth minus prediction" : binary ? `probability of ${curves.classes[1]}` : "how sure it is"}
          y="Density"
          lines={both((one) => outline(one.histogram))}
        />
      </SimpleGrid>
      {binary && curves.candidate.bands.length > 1 && <Threshold curves={curves} costs={costs} />}
      <Text color="fg.muted" fontSize="sm" mt={2}>
        Drawn from groups of at least 20 rows with neighbouring scores: no point is one row's.
      </Text>
    </>
  );
}
