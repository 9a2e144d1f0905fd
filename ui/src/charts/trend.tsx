// A metric of candidates in a row, each with its interval; champions are filled.

import { Box, useBreakpointValue } from "@chakra-ui/react";
import { scaleLinear, scalePoint } from "d3-scale";
import { line } from "d3-shape";

import type { Interval, Point } from "../page/types";
import { figure } from "../words";

// In the units of the drawing, so that letters are as large as elsewhere: a large one is shown about as
// large, a small one about half, and on a phone both are as wide as it.
const WIDTHS = { phone: 340, small: 560, large: 1000 };
const MARGIN = { top: 10, right: 12, bottom: 18, left: 52 };

interface Shown {
  points: Point[];
  metric: string;
  better: boolean;
  large?: boolean;
}

type Measured = Point & { figure: Interval };

export function Trend({ points, metric, better, large = false }: Shown) {
  const phone = useBreakpointValue({ base: true, md: false }) ?? false;
  const measured = points.filter((one): one is Measured => one.figure !== null);
  if (measured.length === 0) {
    return null;
  }
  const [width, height] = phone ? [WIDTHS.phone, 140] : large ? [WIDTHS.large, 240] : [WIDTHS.small, 96];
  const x = scalePoint<number>()
    .domain(measured.map((_, at) => at))
    .range([MARGIN.left, width - MARGIN.right])
    .padding(0.5);
  const y = scaleLinear()
    .domain([Math.min(...measured.map((one) => one.figure.low)), Math.max(...measured.map((one) => one.figure.high))])
    .nice(3)
    .range([height - MARGIN.bottom, MARGIN.top]);
  const path = line<Measured>((_, at) => x(at) ?? 0, (one) => y(one.figure.value));
  return (
    <Box color="fg.muted" maxW="4xl" role="img" aria-label={told(measured, metric, better)}>
      <svg viewBox={`0 0 ${width} ${height}`} width="100%" aria-hidden>
        {y.ticks(3).map((tick) => (
          <g key={tick}>
            <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(tick)} y2={y(tick)} stroke="currentColor" opacity={0.2} />
            <text x={MARGIN.left - 6} y={y(tick) + 4} textAnchor="end" fontSize={11} fill="currentColor">
              {figure(tick)}
            </text>
          </g>
        ))}
        <path d={path(measured) ?? ""} fill="none" stroke="currentColor" opacity={0.5} />
        {measured.map((one, at) => (
          <Dot key={`${one.version}-${at}`} one={one} x={x(at) ?? 0} y={y} />
        ))}
        <text x={MARGIN.left} y={height - 3} fontSize={11} fill="currentColor">
          {measured[0]?.night}
        </text>
        <text x={width - MARGIN.right} y={height - 3} textAnchor="end" fontSize={11} fill="currentColor">
          {`${phone ? "" : `${metric}, ${better ? "higher" : "lower"} is better · `}${measured.at(-1)?.night ?? ""}`}
        </text>
      </svg>
    </Box>
  );
}

function Dot({ one, x, y }: { one: Measured; x: number; y: (value: number) => number }) {
  const colour = one.fate === "champion" ? "var(--chakra-colors-green-solid)" : "currentColor";
  return (
    <g>
      <title>{`version ${one.version}: ${figure(one.figure.value)} (${figure(one.figure.low)} to ${figure(one.figure.high)})`}</title>
      <line x1={x} x2={x} y1={y(one.figure.low)} y2={y(one.figure.high)} stroke={colour} />
      <circle cx={x} cy={y(one.figure.value)} r={4} stroke={colour} fill={one.fate === "champion" ? colour : "var(--chakra-colors-bg)"} />
    </g>
  );
}

/** The same in words, for whoever does not see it. */
function told(measured: Measured[], metric: string, better: boolean): string {
  const each = measured.map(
    (one) => `version ${one.version} ${figure(one.figure.value)}${one.fate === "champion" ? " (champion)" : ""}`,
  );
  return `${metric}, ${better ? "higher" : "lower"} is better: ${each.join(", ")}`;
}
