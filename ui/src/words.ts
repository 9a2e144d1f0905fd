// Numbers and times as the reader writes them.

const NUMBER = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 });
const COUNT = new Intl.NumberFormat();
const SHARE = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DAY_MS = 86_400_000;

export const figure = (value: number): string => NUMBER.format(value);
export const count = (value: number): string => COUNT.format(value);
export const share = (value: number): string => SHARE.format(value);
export const time = (iso: string): string => TIME.format(new Date(iso));

/** The same in UTC, for whoever hovers. */
export const utc = (iso: string): string =>
  `${new Date(iso).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** How long ago, in the largest unit that says something. */
export function ago(iso: string, now = Date.now()): string {
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const past = (new Date(iso).getTime() - now) / 1000;
  if (Math.abs(past) < 3600) return relative.format(Math.round(past / 60), "minute");
  if (Math.abs(past) < DAY_MS / 1000) return relative.format(Math.round(past / 3600), "hour");
  return relative.format(Math.round((past * 1000) / DAY_MS), "day");
}

export function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}

const HOURS = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
export const hours = (taken: number): string => HOURS.format(taken / 3600);

/** What something cost; what nobody priced is never 0. */
export function money(one: { money: number | null; currency: string }): string {
  if (one.money === null) return "no price is set";
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency: one.currency }).format(one.money);
  } catch {
    return `${HOURS.format(one.money)} ${one.currency}`.trim(); // a currency that nobody else knows
  }
}
