// Lines over two axes, as the reports draw them: candidate, champion, and what chance would give.

import { Box, Text } from "@chakra-ui/react";
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";

import { figure } from "../words";

export type Point = [number, number];

export interface Line {
  name: string;
  points: Point[];
}

const WIDE = 300;
const HIGH = 200;
const EDGE = { left: 44, right: 8, top: 8, bottom: 34 };
const TONES: Record<string, { stroke: string; dash?: string }> = {
  candidate: { stroke: "var(--chakra-colors-blue-fg)" },
  champion: { stroke: "var(--chakra-colors-orange-fg)" },
};
const CHANCE = { stroke: "var(--chakra-colors-fg-muted)", dash: "4 3" };

interface Drawn {
  title: string;
  x: string;
  y: string;
  lines: Line[];
}

export function Lines({ title, x, y, lines }: Drawn) {
  const shown = lines.filter((one) => one.points.length > 0);
  const every = shown.flatMap((one) => one.points);
  if (every.length === 0) {
    return null;
  }
  const ends = (at: 0 | 1): [number, number] => {
    const values = every.map((point) => point[at]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    // What differs by rounding alone is no range.
    return high - low > 1e-9 * Math.max(1, Math.abs(high)) ? [low, high] : [low - 0.5, high + 0.5];
  };
  const across = scaleLinear(ends(0), [EDGE.left, WIDE - EDGE.right]);
  const up = scaleLinear(ends(1), [HIGH - EDGE.bottom, EDGE.top]);
  const path = line<Point>((point) => across(point[0]), (point) => up(point[1]));
  const words = shown
    .map((one) => `${one.name} from ${figure(one.points[0]?.[1] ?? 0)} to ${figure(one.points.at(-1)?.[1] ?? 0)}`)
    .join(", ");
  return (
    <Box as="figure" borderWidth={1} borderRadius="lg" p={3} minW={0}>
      <Text as="figcaption" fontWeight="semibold" mb={1}>
        {title}
      </Text>
      <svg viewBox={`0 0 ${WIDE} ${HIGH}`} width="100%" role="img" aria-label={`${title}; ${y} over ${x}: ${words}`}>
        <g fontSize={10} fill="var(--chakra-colors-fg-muted)">
          {across.ticks(4).map((at) => (
            <text key={at} x={across(at)} y={HIGH - EDGE.bottom + 13} textAnchor="middle">
              {figure(at)}
            </text>
          ))}
          {up.ticks(4).map((at) => (
            <text key={at} x={EDGE.left - 5} y={up(at) + 3} textAnchor="end">
              {figure(at)}
            </text>
          ))}
          <text x={(EDGE.left + WIDE) / 2} y={HIGH - 4} textAnchor="middle">
            {x}
          </text>
        </g>
        <path
          d={`M${EDGE.left} ${EDGE.top}V${HIGH - EDGE.bottom}H${WIDE - EDGE.right}`}
          fill="none"
          stroke="var(--chakra-colors-border-emphasized)"
        />
        {shown.map((one) => {
          const tone = TONES[one.name] ?? CHANCE;
          return (
            <path key={one.name} d={path(one.points) ?? ""} fill="none" strokeWidth={2} stroke={tone.stroke} strokeDasharray={tone.dash} />
          );
        })}
      </svg>
      <Text fontSize="xs" color="fg.muted">
        {y}. {shown.map((one) => (
          <Text as="span" key={one.name} me={3} color={(TONES[one.name] ?? CHANCE).stroke}>
            — {one.name}
          </Text>
        ))}
      </Text>
    </Box>
  );
}

export interface Bar {
  low: number;
  high: number;
  rows: number;
}

/** The outline of a histogram whose whole area is one. */
export function outline(bars: Bar[]): Point[] {
  const whole = bars.reduce((sum, bar) => sum + bar.rows, 0) || 1;
  return bars.flatMap((bar): Point[] => {
    const height = bar.rows / whole / (bar.high - bar.low || 1);
    return [
      [bar.low, height],
      [bar.high, height],
    ];
  });
}
