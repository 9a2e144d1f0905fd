(function(global, factory) {
	typeof exports === "object" && typeof module !== "undefined" ? module.exports = factory(require("react-router-dom"), require("@chakra-ui/react"), require("react"), require("react/jsx-runtime")) : typeof define === "function" && define.amd ? define([
		"react-router-dom",
		"@chakra-ui/react",
		"react",
		"react/jsx-runtime"
	], factory) : (global = typeof globalThis !== "undefined" ? globalThis : global || self, global.AirflowPlugin = factory(global.ReactRouterDOM, global.ChakraUI, global.React, global.ReactJSXRuntime));
})(this, function(react_router_dom, _chakra_ui_react, react, react_jsx_runtime) {
	// src/words.ts
	var NUMBER = new Intl.NumberFormat(void 0, { maximumSignificantDigits: 4 });
	var COUNT = new Intl.NumberFormat();
	var SHARE = new Intl.NumberFormat(void 0, {
		style: "percent",
		maximumFractionDigits: 1
	});
	var TIME = new Intl.DateTimeFormat(void 0, {
		dateStyle: "medium",
		timeStyle: "short"
	});
	var DAY_MS = 864e5;
	var figure = (value) => NUMBER.format(value);
	var count = (value) => COUNT.format(value);
	var share = (value) => SHARE.format(value);
	var time = (iso) => TIME.format(new Date(iso));
	/** The same in UTC, for whoever hovers. */
	var utc = (iso) => `${new Date(iso).toISOString().slice(0, 16).replace("T", " ")} UTC`;
	/** How long ago, in the largest unit that says something. */
	function ago(iso, now = Date.now()) {
		const relative = new Intl.RelativeTimeFormat(void 0, { numeric: "auto" });
		const past = (new Date(iso).getTime() - now) / 1e3;
		if (Math.abs(past) < 3600) return relative.format(Math.round(past / 60), "minute");
		if (Math.abs(past) < DAY_MS / 1e3) return relative.format(Math.round(past / 3600), "hour");
		return relative.format(Math.round(past * 1e3 / DAY_MS), "day");
	}
	function seconds(value) {
		return value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
	}
	var HOURS = new Intl.NumberFormat(void 0, { maximumFractionDigits: 2 });
	var hours = (taken) => HOURS.format(taken / 3600);
	/** What something cost; what nobody priced is never 0. */
	function money(one) {
		if (one.money === null) return "no price is set";
		try {
			return new Intl.NumberFormat(void 0, {
				style: "currency",
				currency: one.currency
			}).format(one.money);
		} catch {
			return `${HOURS.format(one.money)} ${one.currency}`.trim();
		}
	}
	// src/parts.tsx
	function Frame({ children }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Stack, {
			id: "airlock",
			gap: 5,
			p: 4,
			maxW: "6xl",
			mx: "auto",
			w: "full",
			children
		});
	}
	function Page({ to, children, ...rest }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Link, {
			asChild: true,
			colorPalette: "blue",
			variant: "underline",
			...rest,
			children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(react_router_dom.Link, {
				to,
				children
			})
		});
	}
	function Message({ status, title, children }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Alert.Root, {
			status,
			role: status === "error" ? "alert" : "status",
			children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Alert.Indicator, {}), /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Alert.Content, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Alert.Title, { children: title }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Alert.Description, { children })] })]
		});
	}
	function Problem({ error, reload }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Message, {
			status: error.status === 404 ? "info" : "error",
			title: error.what,
			children: [error.do, /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
				size: "xs",
				variant: "outline",
				onClick: reload,
				ml: 3,
				children: "Try again"
			})]
		});
	}
	function Loading() {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 3,
			"aria-busy": true,
			"aria-label": "Loading",
			role: "status",
			children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Skeleton, { height: "10" }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Skeleton, { height: "32" })]
		});
	}
	function Section({ title, children }) {
		const id = `airlock-${title.replace(/\W+/g, "-").toLowerCase()}`;
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
			as: "section",
			"aria-labelledby": id,
			children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Heading, {
				as: "h2",
				size: "md",
				id,
				mb: 3,
				_firstLetter: { textTransform: "uppercase" },
				children: title
			}), children]
		});
	}
	/** Whatever may be wider than the screen: it scrolls, by keyboard as well, and says so where it does. */
	function Wide({ label, children }) {
		const box = (0, react.useRef)(null);
		const [wider, setWider] = (0, react.useState)(false);
		(0, react.useEffect)(() => {
			const one = box.current;
			if (one === null) return void 0;
			const look = () => setWider(one.scrollWidth > one.clientWidth + 1);
			const watch = new ResizeObserver(look);
			watch.observe(one);
			if (one.firstElementChild) watch.observe(one.firstElementChild);
			look();
			return () => watch.disconnect();
		}, []);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
			minW: 0,
			children: [wider && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
				fontSize: "xs",
				color: "fg.muted",
				mb: 1,
				children: "Scroll sideways for the other columns →"
			}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Box, {
				ref: box,
				overflowX: "auto",
				tabIndex: 0,
				role: "region",
				"aria-label": label,
				borderRightWidth: wider ? 2 : 0,
				borderColor: "border.emphasized",
				children
			})]
		});
	}
	/** A time in the reader's zone; UTC for whoever hovers. */
	function Time({ at, relative = false }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)("time", {
			dateTime: at,
			title: utc(at),
			children: relative ? ago(at) : time(at)
		});
	}
	var MOMENT = /(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/;
	/** A sentence of the API, its times in the reader's zone. */
	function Said$1({ children }) {
		const found = MOMENT.exec(children);
		if (found === null) return children;
		const [whole, day, hour] = found;
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
			children.slice(0, found.index),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: `${day}T${hour}:00Z` }),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Said$1, { children: children.slice(found.index + whole.length) })
		] });
	}
	// src/api.ts
	/** Below the page's base, so that it works under a path as well. */
	var API = new URL("airlock/", document.baseURI);
	var AIRFLOW = new URL("api/v2/", document.baseURI);
	function address(parts, base = API) {
		return new URL(parts.map(encodeURIComponent).join("/"), base);
	}
	/** GET below Airlock's API. Throws a Refusal. */
	async function get(parts, query) {
		const where = address(parts);
		where.search = query;
		const answer = await asked(where, {});
		return {
			data: await answer.json(),
			etag: answer.headers.get("etag")
		};
	}
	/** Start a run of a DAG by Airflow's own API, whose rights and audit log count. Throws a Refusal. */
	async function trigger(dagId, conf) {
		return (await (await asked(address([
			"dags",
			dagId,
			"dagRuns"
		], AIRFLOW), {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify({
				logical_date: null,
				conf
			})
		})).json()).dag_run_id;
	}
	/** Where a run of a DAG stands, by Airflow's own API. Throws a Refusal. */
	async function stateOf(dagId, runId) {
		return (await (await asked(address([
			"dags",
			dagId,
			"dagRuns",
			runId
		], AIRFLOW), {})).json()).state;
	}
	/** Answer what a task asks, by Airflow's own API: once, by those alone whom it asks. Throws a Refusal. */
	async function respond(dagId, runId, taskId, chosen, reason) {
		const where = address([
			"dags",
			dagId,
			"dagRuns",
			runId,
			"taskInstances",
			taskId,
			"-1",
			"hitlDetails"
		], AIRFLOW);
		try {
			await asked(where, {
				method: "PATCH",
				headers: { "Content-Type": "application/json" },
				body: JSON.stringify({
					chosen_options: [chosen],
					params_input: { reason }
				})
			});
		} catch (error) {
			const { status } = error;
			if (status === 409) throw {
				status,
				what: "Somebody answered before you.",
				do: "Load the page anew: it says who, and what."
			};
			if (status === 403) throw {
				status,
				what: "This question is not for you.",
				do: "Its run names who may answer."
			};
			throw error;
		}
	}
	/** POST below Airlock's API, with the session of whoever looks. Throws a Refusal. */
	async function send(parts, body) {
		await asked(address(parts), {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify(body)
		});
	}
	async function asked(where, how) {
		let answer;
		try {
			answer = await fetch(where, {
				credentials: "same-origin",
				...how
			});
		} catch {
			throw {
				what: "Airflow does not answer.",
				do: "Check your connection."
			};
		}
		if (answer.ok) return answer;
		const said = await answer.json().catch(() => ({}));
		const detail = typeof said.detail === "string" ? said.detail : void 0;
		throw {
			status: answer.status,
			what: said.what ?? detail ?? `The answer was ${answer.status}.`,
			do: said.do ?? (answer.status === 403 ? "You do not have the right to." : "Try again.")
		};
	}
	/** Milliseconds between two looks at what does not change: two a minute. */
	var LOOK_MS = 3e4;
	/**
	* The answer to a path, asked again as long as somebody looks.
	*
	* @param parts of the path; null asks nothing.
	* @param again milliseconds until it is asked again, by what it said; 0 never. While the answer
	*   stays the same the time doubles, up to LOOK_MS.
	* @param stamp asks anew when it changes.
	* @param query of the address.
	*/
	function useAnswer(parts, again, stamp = "", query = "") {
		const key = parts === null ? null : [...parts, query].join("\n");
		const [state, setState] = (0, react.useState)({});
		const [round, setRound] = (0, react.useState)(0);
		const last = (0, react.useRef)({ wait: 0 });
		(0, react.useEffect)(() => {
			if (key === null) return;
			let current = true;
			let timer;
			const next = () => setRound((old) => old + 1);
			const later = (wait) => {
				timer = setTimeout(() => document.hidden ? later(wait) : next(), wait);
			};
			get(key.split("\n").slice(0, -1), query).then(({ data, etag }) => {
				if (!current) return;
				const same = last.current.key === key && etag !== null && last.current.etag === etag;
				const first = again(data);
				const wait = same ? Math.min(Math.max(2 * last.current.wait, first), LOOK_MS) : first;
				last.current = {
					key,
					etag,
					wait
				};
				setState((old) => same && old.key === key && old.data !== void 0 && !old.error ? old : {
					key,
					data
				});
				if (first > 0) later(wait);
			}, (error) => {
				if (current) setState((old) => ({
					key,
					data: old.key === key && error.status === void 0 ? old.data : void 0,
					error
				}));
			});
			return () => {
				current = false;
				clearTimeout(timer);
			};
		}, [
			key,
			round,
			stamp
		]);
		const reload = (0, react.useCallback)(() => setRound((old) => old + 1), []);
		return {
			...state.key === key ? state : {},
			reload
		};
	}
	// src/charts/heat.tsx
	var COLUMNS = 12;
	function Heat({ nights }) {
		const shown = nights.slice(-14);
		const names = worst(shown);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Wide, {
			label: "Nights, a wide table",
			children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Root, {
				size: "sm",
				width: "auto",
				children: [
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Caption, { children: ["Distance of each column from the data of the champion, as a multiple of its limit: above 1 it has drifted.", names.length === COLUMNS && ` The ${COLUMNS} worst columns are shown.`] }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Header, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "Night" }), shown.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, {
						whiteSpace: "nowrap",
						children: one.night
					}, one.night))] }) }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Body, { children: [
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Facts$1, {
							name: "Rows",
							nights: shown,
							of: (one) => count(one.rows)
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Facts$1, {
							name: "Scored by",
							nights: shown,
							of: (one) => one.versions.map((version) => `v${version}`).join(", ")
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Facts$1, {
							name: "Drift",
							nights: shown,
							of: (one) => one.standing ?? "not judged"
						}),
						names.map((name) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, {
							scope: "row",
							children: name
						}), shown.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Cell, { value: one.columns[name] }, one.night))] }, name))
					] })
				]
			})
		});
	}
	function Facts$1({ name, nights, of }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, {
			scope: "row",
			children: name
		}), nights.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
			whiteSpace: "nowrap",
			children: of(one)
		}, one.night))] });
	}
	function Cell({ value }) {
		if (value === void 0) return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
			"aria-label": "not compared",
			children: "–"
		});
		const palette = value > 1 ? "red" : value > .5 ? "orange" : "green";
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
			colorPalette: palette,
			bg: "colorPalette.subtle",
			children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
				color: "colorPalette.fg",
				fontWeight: value > 1 ? "bold" : "normal",
				children: figure(value)
			})
		});
	}
	/** The columns that were furthest away on any of the nights. */
	function worst(nights) {
		const furthest = /* @__PURE__ */ new Map();
		for (const one of nights) for (const [name, value] of Object.entries(one.columns)) furthest.set(name, Math.max(value, furthest.get(name) ?? 0));
		return [...furthest.keys()].sort((a, b) => (furthest.get(b) ?? 0) - (furthest.get(a) ?? 0)).slice(0, COLUMNS);
	}
	// node_modules/d3-array/dist/d3-array.mjs
	function ascending(a, b) {
		return a == null || b == null ? NaN : a < b ? -1 : a > b ? 1 : a >= b ? 0 : NaN;
	}
	function descending(a, b) {
		return a == null || b == null ? NaN : b < a ? -1 : b > a ? 1 : b >= a ? 0 : NaN;
	}
	function bisector(f) {
		let compare1, compare2, delta;
		if (f.length !== 2) {
			compare1 = ascending;
			compare2 = (d, x) => ascending(f(d), x);
			delta = (d, x) => f(d) - x;
		} else {
			compare1 = f === ascending || f === descending ? f : zero$1;
			compare2 = f;
			delta = f;
		}
		function left(a, x, lo = 0, hi = a.length) {
			if (lo < hi) {
				if (compare1(x, x) !== 0) return hi;
				do {
					const mid = lo + hi >>> 1;
					if (compare2(a[mid], x) < 0) lo = mid + 1;
					else hi = mid;
				} while (lo < hi);
			}
			return lo;
		}
		function right(a, x, lo = 0, hi = a.length) {
			if (lo < hi) {
				if (compare1(x, x) !== 0) return hi;
				do {
					const mid = lo + hi >>> 1;
					if (compare2(a[mid], x) <= 0) lo = mid + 1;
					else hi = mid;
				} while (lo < hi);
			}
			return lo;
		}
		function center(a, x, lo = 0, hi = a.length) {
			const i = left(a, x, lo, hi - 1);
			return i > lo && delta(a[i - 1], x) > -delta(a[i], x) ? i - 1 : i;
		}
		return {
			left,
			center,
			right
		};
	}
	function zero$1() {
		return 0;
	}
	function number$2(x) {
		return x === null ? NaN : +x;
	}
	var ascendingBisect = bisector(ascending);
	var bisectRight = ascendingBisect.right;
	ascendingBisect.left;
	bisector(number$2).center;
	var InternMap = class extends Map {
		constructor(entries, key = keyof) {
			super();
			Object.defineProperties(this, {
				_intern: { value: /* @__PURE__ */ new Map() },
				_key: { value: key }
			});
			if (entries != null) for (const [key, value] of entries) this.set(key, value);
		}
		get(key) {
			return super.get(intern_get(this, key));
		}
		has(key) {
			return super.has(intern_get(this, key));
		}
		set(key, value) {
			return super.set(intern_set(this, key), value);
		}
		delete(key) {
			return super.delete(intern_delete(this, key));
		}
	};
	function intern_get({ _intern, _key }, value) {
		const key = _key(value);
		return _intern.has(key) ? _intern.get(key) : value;
	}
	function intern_set({ _intern, _key }, value) {
		const key = _key(value);
		if (_intern.has(key)) return _intern.get(key);
		_intern.set(key, value);
		return value;
	}
	function intern_delete({ _intern, _key }, value) {
		const key = _key(value);
		if (_intern.has(key)) {
			value = _intern.get(key);
			_intern.delete(key);
		}
		return value;
	}
	function keyof(value) {
		return value !== null && typeof value === "object" ? value.valueOf() : value;
	}
	Array.prototype.slice;
	var e10 = Math.sqrt(50);
	var e5 = Math.sqrt(10);
	var e2 = Math.sqrt(2);
	function tickSpec(start, stop, count) {
		const step = (stop - start) / Math.max(0, count), power = Math.floor(Math.log10(step)), error = step / Math.pow(10, power), factor = error >= e10 ? 10 : error >= e5 ? 5 : error >= e2 ? 2 : 1;
		let i1, i2, inc;
		if (power < 0) {
			inc = Math.pow(10, -power) / factor;
			i1 = Math.round(start * inc);
			i2 = Math.round(stop * inc);
			if (i1 / inc < start) ++i1;
			if (i2 / inc > stop) --i2;
			inc = -inc;
		} else {
			inc = Math.pow(10, power) * factor;
			i1 = Math.round(start / inc);
			i2 = Math.round(stop / inc);
			if (i1 * inc < start) ++i1;
			if (i2 * inc > stop) --i2;
		}
		if (i2 < i1 && .5 <= count && count < 2) return tickSpec(start, stop, count * 2);
		return [
			i1,
			i2,
			inc
		];
	}
	function ticks(start, stop, count) {
		stop = +stop, start = +start, count = +count;
		if (!(count > 0)) return [];
		if (start === stop) return [start];
		const reverse = stop < start, [i1, i2, inc] = reverse ? tickSpec(stop, start, count) : tickSpec(start, stop, count);
		if (!(i2 >= i1)) return [];
		const n = i2 - i1 + 1, ticks = new Array(n);
		if (reverse) {
			if (inc < 0) for (let i = 0; i < n; ++i) ticks[i] = (i2 - i) / -inc;
			else for (let i = 0; i < n; ++i) ticks[i] = (i2 - i) * inc;
		} else if (inc < 0) for (let i = 0; i < n; ++i) ticks[i] = (i1 + i) / -inc;
		else for (let i = 0; i < n; ++i) ticks[i] = (i1 + i) * inc;
		return ticks;
	}
	function tickIncrement(start, stop, count) {
		stop = +stop, start = +start, count = +count;
		return tickSpec(start, stop, count)[2];
	}
	function tickStep(start, stop, count) {
		stop = +stop, start = +start, count = +count;
		const reverse = stop < start, inc = reverse ? tickIncrement(stop, start, count) : tickIncrement(start, stop, count);
		return (reverse ? -1 : 1) * (inc < 0 ? 1 / -inc : inc);
	}
	function range(start, stop, step) {
		start = +start, stop = +stop, step = (n = arguments.length) < 2 ? (stop = start, start = 0, 1) : n < 3 ? 1 : +step;
		var i = -1, n = Math.max(0, Math.ceil((stop - start) / step)) | 0, range = new Array(n);
		while (++i < n) range[i] = start + i * step;
		return range;
	}
	// node_modules/d3-color/dist/d3-color.mjs
	function define(constructor, factory, prototype) {
		constructor.prototype = factory.prototype = prototype;
		prototype.constructor = constructor;
	}
	function extend(parent, definition) {
		var prototype = Object.create(parent.prototype);
		for (var key in definition) prototype[key] = definition[key];
		return prototype;
	}
	function Color() {}
	var darker = .7;
	var brighter = 1 / darker;
	var reI = "\\s*([+-]?\\d+)\\s*";
	var reN = "\\s*([+-]?(?:\\d*\\.)?\\d+(?:[eE][+-]?\\d+)?)\\s*";
	var reP = "\\s*([+-]?(?:\\d*\\.)?\\d+(?:[eE][+-]?\\d+)?)%\\s*";
	var reHex = /^#([0-9a-f]{3,8})$/;
	var reRgbInteger = new RegExp(`^rgb\\(${reI},${reI},${reI}\\)$`);
	var reRgbPercent = new RegExp(`^rgb\\(${reP},${reP},${reP}\\)$`);
	var reRgbaInteger = new RegExp(`^rgba\\(${reI},${reI},${reI},${reN}\\)$`);
	var reRgbaPercent = new RegExp(`^rgba\\(${reP},${reP},${reP},${reN}\\)$`);
	var reHslPercent = new RegExp(`^hsl\\(${reN},${reP},${reP}\\)$`);
	var reHslaPercent = new RegExp(`^hsla\\(${reN},${reP},${reP},${reN}\\)$`);
	var named = {
		aliceblue: 15792383,
		antiquewhite: 16444375,
		aqua: 65535,
		aquamarine: 8388564,
		azure: 15794175,
		beige: 16119260,
		bisque: 16770244,
		black: 0,
		blanchedalmond: 16772045,
		blue: 255,
		blueviolet: 9055202,
		brown: 10824234,
		burlywood: 14596231,
		cadetblue: 6266528,
		chartreuse: 8388352,
		chocolate: 13789470,
		coral: 16744272,
		cornflowerblue: 6591981,
		cornsilk: 16775388,
		crimson: 14423100,
		cyan: 65535,
		darkblue: 139,
		darkcyan: 35723,
		darkgoldenrod: 12092939,
		darkgray: 11119017,
		darkgreen: 25600,
		darkgrey: 11119017,
		darkkhaki: 12433259,
		darkmagenta: 9109643,
		darkolivegreen: 5597999,
		darkorange: 16747520,
		darkorchid: 10040012,
		darkred: 9109504,
		darksalmon: 15308410,
		darkseagreen: 9419919,
		darkslateblue: 4734347,
		darkslategray: 3100495,
		darkslategrey: 3100495,
		darkturquoise: 52945,
		darkviolet: 9699539,
		deeppink: 16716947,
		deepskyblue: 49151,
		dimgray: 6908265,
		dimgrey: 6908265,
		dodgerblue: 2003199,
		firebrick: 11674146,
		floralwhite: 16775920,
		forestgreen: 2263842,
		fuchsia: 16711935,
		gainsboro: 14474460,
		ghostwhite: 16316671,
		gold: 16766720,
		goldenrod: 14329120,
		gray: 8421504,
		green: 32768,
		greenyellow: 11403055,
		grey: 8421504,
		honeydew: 15794160,
		hotpink: 16738740,
		indianred: 13458524,
		indigo: 4915330,
		ivory: 16777200,
		khaki: 15787660,
		lavender: 15132410,
		lavenderblush: 16773365,
		lawngreen: 8190976,
		lemonchiffon: 16775885,
		lightblue: 11393254,
		lightcoral: 15761536,
		lightcyan: 14745599,
		lightgoldenrodyellow: 16448210,
		lightgray: 13882323,
		lightgreen: 9498256,
		lightgrey: 13882323,
		lightpink: 16758465,
		lightsalmon: 16752762,
		lightseagreen: 2142890,
		lightskyblue: 8900346,
		lightslategray: 7833753,
		lightslategrey: 7833753,
		lightsteelblue: 11584734,
		lightyellow: 16777184,
		lime: 65280,
		limegreen: 3329330,
		linen: 16445670,
		magenta: 16711935,
		maroon: 8388608,
		mediumaquamarine: 6737322,
		mediumblue: 205,
		mediumorchid: 12211667,
		mediumpurple: 9662683,
		mediumseagreen: 3978097,
		mediumslateblue: 8087790,
		mediumspringgreen: 64154,
		mediumturquoise: 4772300,
		mediumvioletred: 13047173,
		midnightblue: 1644912,
		mintcream: 16121850,
		mistyrose: 16770273,
		moccasin: 16770229,
		navajowhite: 16768685,
		navy: 128,
		oldlace: 16643558,
		olive: 8421376,
		olivedrab: 7048739,
		orange: 16753920,
		orangered: 16729344,
		orchid: 14315734,
		palegoldenrod: 15657130,
		palegreen: 10025880,
		paleturquoise: 11529966,
		palevioletred: 14381203,
		papayawhip: 16773077,
		peachpuff: 16767673,
		peru: 13468991,
		pink: 16761035,
		plum: 14524637,
		powderblue: 11591910,
		purple: 8388736,
		rebeccapurple: 6697881,
		red: 16711680,
		rosybrown: 12357519,
		royalblue: 4286945,
		saddlebrown: 9127187,
		salmon: 16416882,
		sandybrown: 16032864,
		seagreen: 3050327,
		seashell: 16774638,
		sienna: 10506797,
		silver: 12632256,
		skyblue: 8900331,
		slateblue: 6970061,
		slategray: 7372944,
		slategrey: 7372944,
		snow: 16775930,
		springgreen: 65407,
		steelblue: 4620980,
		tan: 13808780,
		teal: 32896,
		thistle: 14204888,
		tomato: 16737095,
		turquoise: 4251856,
		violet: 15631086,
		wheat: 16113331,
		white: 16777215,
		whitesmoke: 16119285,
		yellow: 16776960,
		yellowgreen: 10145074
	};
	define(Color, color, {
		copy(channels) {
			return Object.assign(new this.constructor(), this, channels);
		},
		displayable() {
			return this.rgb().displayable();
		},
		hex: color_formatHex,
		formatHex: color_formatHex,
		formatHex8: color_formatHex8,
		formatHsl: color_formatHsl,
		formatRgb: color_formatRgb,
		toString: color_formatRgb
	});
	function color_formatHex() {
		return this.rgb().formatHex();
	}
	function color_formatHex8() {
		return this.rgb().formatHex8();
	}
	function color_formatHsl() {
		return hslConvert(this).formatHsl();
	}
	function color_formatRgb() {
		return this.rgb().formatRgb();
	}
	function color(format) {
		var m, l;
		format = (format + "").trim().toLowerCase();
		return (m = reHex.exec(format)) ? (l = m[1].length, m = parseInt(m[1], 16), l === 6 ? rgbn(m) : l === 3 ? new Rgb(m >> 8 & 15 | m >> 4 & 240, m >> 4 & 15 | m & 240, (m & 15) << 4 | m & 15, 1) : l === 8 ? rgba(m >> 24 & 255, m >> 16 & 255, m >> 8 & 255, (m & 255) / 255) : l === 4 ? rgba(m >> 12 & 15 | m >> 8 & 240, m >> 8 & 15 | m >> 4 & 240, m >> 4 & 15 | m & 240, ((m & 15) << 4 | m & 15) / 255) : null) : (m = reRgbInteger.exec(format)) ? new Rgb(m[1], m[2], m[3], 1) : (m = reRgbPercent.exec(format)) ? new Rgb(m[1] * 255 / 100, m[2] * 255 / 100, m[3] * 255 / 100, 1) : (m = reRgbaInteger.exec(format)) ? rgba(m[1], m[2], m[3], m[4]) : (m = reRgbaPercent.exec(format)) ? rgba(m[1] * 255 / 100, m[2] * 255 / 100, m[3] * 255 / 100, m[4]) : (m = reHslPercent.exec(format)) ? hsla(m[1], m[2] / 100, m[3] / 100, 1) : (m = reHslaPercent.exec(format)) ? hsla(m[1], m[2] / 100, m[3] / 100, m[4]) : named.hasOwnProperty(format) ? rgbn(named[format]) : format === "transparent" ? new Rgb(NaN, NaN, NaN, 0) : null;
	}
	function rgbn(n) {
		return new Rgb(n >> 16 & 255, n >> 8 & 255, n & 255, 1);
	}
	function rgba(r, g, b, a) {
		if (a <= 0) r = g = b = NaN;
		return new Rgb(r, g, b, a);
	}
	function rgbConvert(o) {
		if (!(o instanceof Color)) o = color(o);
		if (!o) return new Rgb();
		o = o.rgb();
		return new Rgb(o.r, o.g, o.b, o.opacity);
	}
	function rgb$1(r, g, b, opacity) {
		return arguments.length === 1 ? rgbConvert(r) : new Rgb(r, g, b, opacity == null ? 1 : opacity);
	}
	function Rgb(r, g, b, opacity) {
		this.r = +r;
		this.g = +g;
		this.b = +b;
		this.opacity = +opacity;
	}
	define(Rgb, rgb$1, extend(Color, {
		brighter(k) {
			k = k == null ? brighter : Math.pow(brighter, k);
			return new Rgb(this.r * k, this.g * k, this.b * k, this.opacity);
		},
		darker(k) {
			k = k == null ? darker : Math.pow(darker, k);
			return new Rgb(this.r * k, this.g * k, this.b * k, this.opacity);
		},
		rgb() {
			return this;
		},
		clamp() {
			return new Rgb(clampi(this.r), clampi(this.g), clampi(this.b), clampa(this.opacity));
		},
		displayable() {
			return -.5 <= this.r && this.r < 255.5 && -.5 <= this.g && this.g < 255.5 && -.5 <= this.b && this.b < 255.5 && 0 <= this.opacity && this.opacity <= 1;
		},
		hex: rgb_formatHex,
		formatHex: rgb_formatHex,
		formatHex8: rgb_formatHex8,
		formatRgb: rgb_formatRgb,
		toString: rgb_formatRgb
	}));
	function rgb_formatHex() {
		return `#${hex(this.r)}${hex(this.g)}${hex(this.b)}`;
	}
	function rgb_formatHex8() {
		return `#${hex(this.r)}${hex(this.g)}${hex(this.b)}${hex((isNaN(this.opacity) ? 1 : this.opacity) * 255)}`;
	}
	function rgb_formatRgb() {
		const a = clampa(this.opacity);
		return `${a === 1 ? "rgb(" : "rgba("}${clampi(this.r)}, ${clampi(this.g)}, ${clampi(this.b)}${a === 1 ? ")" : `, ${a})`}`;
	}
	function clampa(opacity) {
		return isNaN(opacity) ? 1 : Math.max(0, Math.min(1, opacity));
	}
	function clampi(value) {
		return Math.max(0, Math.min(255, Math.round(value) || 0));
	}
	function hex(value) {
		value = clampi(value);
		return (value < 16 ? "0" : "") + value.toString(16);
	}
	function hsla(h, s, l, a) {
		if (a <= 0) h = s = l = NaN;
		else if (l <= 0 || l >= 1) h = s = NaN;
		else if (s <= 0) h = NaN;
		return new Hsl(h, s, l, a);
	}
	function hslConvert(o) {
		if (o instanceof Hsl) return new Hsl(o.h, o.s, o.l, o.opacity);
		if (!(o instanceof Color)) o = color(o);
		if (!o) return new Hsl();
		if (o instanceof Hsl) return o;
		o = o.rgb();
		var r = o.r / 255, g = o.g / 255, b = o.b / 255, min = Math.min(r, g, b), max = Math.max(r, g, b), h = NaN, s = max - min, l = (max + min) / 2;
		if (s) {
			if (r === max) h = (g - b) / s + (g < b) * 6;
			else if (g === max) h = (b - r) / s + 2;
			else h = (r - g) / s + 4;
			s /= l < .5 ? max + min : 2 - max - min;
			h *= 60;
		} else s = l > 0 && l < 1 ? 0 : h;
		return new Hsl(h, s, l, o.opacity);
	}
	function hsl$1(h, s, l, opacity) {
		return arguments.length === 1 ? hslConvert(h) : new Hsl(h, s, l, opacity == null ? 1 : opacity);
	}
	function Hsl(h, s, l, opacity) {
		this.h = +h;
		this.s = +s;
		this.l = +l;
		this.opacity = +opacity;
	}
	define(Hsl, hsl$1, extend(Color, {
		brighter(k) {
			k = k == null ? brighter : Math.pow(brighter, k);
			return new Hsl(this.h, this.s, this.l * k, this.opacity);
		},
		darker(k) {
			k = k == null ? darker : Math.pow(darker, k);
			return new Hsl(this.h, this.s, this.l * k, this.opacity);
		},
		rgb() {
			var h = this.h % 360 + (this.h < 0) * 360, s = isNaN(h) || isNaN(this.s) ? 0 : this.s, l = this.l, m2 = l + (l < .5 ? l : 1 - l) * s, m1 = 2 * l - m2;
			return new Rgb(hsl2rgb(h >= 240 ? h - 240 : h + 120, m1, m2), hsl2rgb(h, m1, m2), hsl2rgb(h < 120 ? h + 240 : h - 120, m1, m2), this.opacity);
		},
		clamp() {
			return new Hsl(clamph(this.h), clampt(this.s), clampt(this.l), clampa(this.opacity));
		},
		displayable() {
			return (0 <= this.s && this.s <= 1 || isNaN(this.s)) && 0 <= this.l && this.l <= 1 && 0 <= this.opacity && this.opacity <= 1;
		},
		formatHsl() {
			const a = clampa(this.opacity);
			return `${a === 1 ? "hsl(" : "hsla("}${clamph(this.h)}, ${clampt(this.s) * 100}%, ${clampt(this.l) * 100}%${a === 1 ? ")" : `, ${a})`}`;
		}
	}));
	function clamph(value) {
		value = (value || 0) % 360;
		return value < 0 ? value + 360 : value;
	}
	function clampt(value) {
		return Math.max(0, Math.min(1, value || 0));
	}
	function hsl2rgb(h, m1, m2) {
		return (h < 60 ? m1 + (m2 - m1) * h / 60 : h < 180 ? m2 : h < 240 ? m1 + (m2 - m1) * (240 - h) / 60 : m1) * 255;
	}
	var radians = Math.PI / 180;
	var degrees$1 = 180 / Math.PI;
	var K = 18;
	var Xn = .96422;
	var Yn = 1;
	var Zn = .82521;
	var t0 = 4 / 29;
	var t1 = 6 / 29;
	var t2 = 3 * t1 * t1;
	var t3 = t1 * t1 * t1;
	function labConvert(o) {
		if (o instanceof Lab) return new Lab(o.l, o.a, o.b, o.opacity);
		if (o instanceof Hcl) return hcl2lab(o);
		if (!(o instanceof Rgb)) o = rgbConvert(o);
		var r = rgb2lrgb(o.r), g = rgb2lrgb(o.g), b = rgb2lrgb(o.b), y = xyz2lab((.2225045 * r + .7168786 * g + .0606169 * b) / Yn), x, z;
		if (r === g && g === b) x = z = y;
		else {
			x = xyz2lab((.4360747 * r + .3850649 * g + .1430804 * b) / Xn);
			z = xyz2lab((.0139322 * r + .0971045 * g + .7141733 * b) / Zn);
		}
		return new Lab(116 * y - 16, 500 * (x - y), 200 * (y - z), o.opacity);
	}
	function lab(l, a, b, opacity) {
		return arguments.length === 1 ? labConvert(l) : new Lab(l, a, b, opacity == null ? 1 : opacity);
	}
	function Lab(l, a, b, opacity) {
		this.l = +l;
		this.a = +a;
		this.b = +b;
		this.opacity = +opacity;
	}
	define(Lab, lab, extend(Color, {
		brighter(k) {
			return new Lab(this.l + K * (k == null ? 1 : k), this.a, this.b, this.opacity);
		},
		darker(k) {
			return new Lab(this.l - K * (k == null ? 1 : k), this.a, this.b, this.opacity);
		},
		rgb() {
			var y = (this.l + 16) / 116, x = isNaN(this.a) ? y : y + this.a / 500, z = isNaN(this.b) ? y : y - this.b / 200;
			x = Xn * lab2xyz(x);
			y = Yn * lab2xyz(y);
			z = Zn * lab2xyz(z);
			return new Rgb(lrgb2rgb(3.1338561 * x - 1.6168667 * y - .4906146 * z), lrgb2rgb(-.9787684 * x + 1.9161415 * y + .033454 * z), lrgb2rgb(.0719453 * x - .2289914 * y + 1.4052427 * z), this.opacity);
		}
	}));
	function xyz2lab(t) {
		return t > t3 ? Math.pow(t, 1 / 3) : t / t2 + t0;
	}
	function lab2xyz(t) {
		return t > t1 ? t * t * t : t2 * (t - t0);
	}
	function lrgb2rgb(x) {
		return 255 * (x <= .0031308 ? 12.92 * x : 1.055 * Math.pow(x, 1 / 2.4) - .055);
	}
	function rgb2lrgb(x) {
		return (x /= 255) <= .04045 ? x / 12.92 : Math.pow((x + .055) / 1.055, 2.4);
	}
	function hclConvert(o) {
		if (o instanceof Hcl) return new Hcl(o.h, o.c, o.l, o.opacity);
		if (!(o instanceof Lab)) o = labConvert(o);
		if (o.a === 0 && o.b === 0) return new Hcl(NaN, 0 < o.l && o.l < 100 ? 0 : NaN, o.l, o.opacity);
		var h = Math.atan2(o.b, o.a) * degrees$1;
		return new Hcl(h < 0 ? h + 360 : h, Math.sqrt(o.a * o.a + o.b * o.b), o.l, o.opacity);
	}
	function hcl$1(h, c, l, opacity) {
		return arguments.length === 1 ? hclConvert(h) : new Hcl(h, c, l, opacity == null ? 1 : opacity);
	}
	function Hcl(h, c, l, opacity) {
		this.h = +h;
		this.c = +c;
		this.l = +l;
		this.opacity = +opacity;
	}
	function hcl2lab(o) {
		if (isNaN(o.h)) return new Lab(o.l, 0, 0, o.opacity);
		var h = o.h * radians;
		return new Lab(o.l, Math.cos(h) * o.c, Math.sin(h) * o.c, o.opacity);
	}
	define(Hcl, hcl$1, extend(Color, {
		brighter(k) {
			return new Hcl(this.h, this.c, this.l + K * (k == null ? 1 : k), this.opacity);
		},
		darker(k) {
			return new Hcl(this.h, this.c, this.l - K * (k == null ? 1 : k), this.opacity);
		},
		rgb() {
			return hcl2lab(this).rgb();
		}
	}));
	var A = -.14861;
	var B = 1.78277;
	var C = -.29227;
	var D = -.90649;
	var E = 1.97294;
	var ED = E * D;
	var EB = E * B;
	var BC_DA = B * C - D * A;
	function cubehelixConvert(o) {
		if (o instanceof Cubehelix) return new Cubehelix(o.h, o.s, o.l, o.opacity);
		if (!(o instanceof Rgb)) o = rgbConvert(o);
		var r = o.r / 255, g = o.g / 255, b = o.b / 255, l = (BC_DA * b + ED * r - EB * g) / (BC_DA + ED - EB), bl = b - l, k = (E * (g - l) - C * bl) / D, s = Math.sqrt(k * k + bl * bl) / (E * l * (1 - l)), h = s ? Math.atan2(k, bl) * degrees$1 - 120 : NaN;
		return new Cubehelix(h < 0 ? h + 360 : h, s, l, o.opacity);
	}
	function cubehelix$1(h, s, l, opacity) {
		return arguments.length === 1 ? cubehelixConvert(h) : new Cubehelix(h, s, l, opacity == null ? 1 : opacity);
	}
	function Cubehelix(h, s, l, opacity) {
		this.h = +h;
		this.s = +s;
		this.l = +l;
		this.opacity = +opacity;
	}
	define(Cubehelix, cubehelix$1, extend(Color, {
		brighter(k) {
			k = k == null ? brighter : Math.pow(brighter, k);
			return new Cubehelix(this.h, this.s, this.l * k, this.opacity);
		},
		darker(k) {
			k = k == null ? darker : Math.pow(darker, k);
			return new Cubehelix(this.h, this.s, this.l * k, this.opacity);
		},
		rgb() {
			var h = isNaN(this.h) ? 0 : (this.h + 120) * radians, l = +this.l, a = isNaN(this.s) ? 0 : this.s * l * (1 - l), cosh = Math.cos(h), sinh = Math.sin(h);
			return new Rgb(255 * (l + a * (A * cosh + B * sinh)), 255 * (l + a * (C * cosh + D * sinh)), 255 * (l + a * (E * cosh)), this.opacity);
		}
	}));
	var constant$1 = (x) => () => x;
	function linear$1(a, d) {
		return function(t) {
			return a + t * d;
		};
	}
	function exponential(a, b, y) {
		return a = Math.pow(a, y), b = Math.pow(b, y) - a, y = 1 / y, function(t) {
			return Math.pow(a + t * b, y);
		};
	}
	function hue$1(a, b) {
		var d = b - a;
		return d ? linear$1(a, d > 180 || d < -180 ? d - 360 * Math.round(d / 360) : d) : constant$1(isNaN(a) ? b : a);
	}
	function gamma(y) {
		return (y = +y) === 1 ? nogamma : function(a, b) {
			return b - a ? exponential(a, b, y) : constant$1(isNaN(a) ? b : a);
		};
	}
	function nogamma(a, b) {
		var d = b - a;
		return d ? linear$1(a, d) : constant$1(isNaN(a) ? b : a);
	}
	var rgb = (function rgbGamma(y) {
		var color = gamma(y);
		function rgb(start, end) {
			var r = color((start = rgb$1(start)).r, (end = rgb$1(end)).r), g = color(start.g, end.g), b = color(start.b, end.b), opacity = nogamma(start.opacity, end.opacity);
			return function(t) {
				start.r = r(t);
				start.g = g(t);
				start.b = b(t);
				start.opacity = opacity(t);
				return start + "";
			};
		}
		rgb.gamma = rgbGamma;
		return rgb;
	})(1);
	function numberArray(a, b) {
		if (!b) b = [];
		var n = a ? Math.min(b.length, a.length) : 0, c = b.slice(), i;
		return function(t) {
			for (i = 0; i < n; ++i) c[i] = a[i] * (1 - t) + b[i] * t;
			return c;
		};
	}
	function isNumberArray(x) {
		return ArrayBuffer.isView(x) && !(x instanceof DataView);
	}
	function genericArray(a, b) {
		var nb = b ? b.length : 0, na = a ? Math.min(nb, a.length) : 0, x = new Array(na), c = new Array(nb), i = 0;
		for (; i < na; ++i) x[i] = value(a[i], b[i]);
		for (; i < nb; ++i) c[i] = b[i];
		return function(t) {
			for (i = 0; i < na; ++i) c[i] = x[i](t);
			return c;
		};
	}
	function date(a, b) {
		var d = /* @__PURE__ */ new Date();
		return a = +a, b = +b, function(t) {
			return d.setTime(a * (1 - t) + b * t), d;
		};
	}
	function number(a, b) {
		return a = +a, b = +b, function(t) {
			return a * (1 - t) + b * t;
		};
	}
	function object(a, b) {
		var i = {}, c = {}, k;
		if (a === null || typeof a !== "object") a = {};
		if (b === null || typeof b !== "object") b = {};
		for (k in b) if (k in a) i[k] = value(a[k], b[k]);
		else c[k] = b[k];
		return function(t) {
			for (k in i) c[k] = i[k](t);
			return c;
		};
	}
	var reA = /[-+]?(?:\d+\.?\d*|\.?\d+)(?:[eE][-+]?\d+)?/g;
	var reB = new RegExp(reA.source, "g");
	function zero(b) {
		return function() {
			return b;
		};
	}
	function one(b) {
		return function(t) {
			return b(t) + "";
		};
	}
	function string(a, b) {
		var bi = reA.lastIndex = reB.lastIndex = 0, am, bm, bs, i = -1, s = [], q = [];
		a = a + "", b = b + "";
		while ((am = reA.exec(a)) && (bm = reB.exec(b))) {
			if ((bs = bm.index) > bi) {
				bs = b.slice(bi, bs);
				if (s[i]) s[i] += bs;
				else s[++i] = bs;
			}
			if ((am = am[0]) === (bm = bm[0])) {
				if (s[i]) s[i] += bm;
				else s[++i] = bm;
			} else {
				s[++i] = null;
				q.push({
					i,
					x: number(am, bm)
				});
			}
			bi = reB.lastIndex;
		}
		if (bi < b.length) {
			bs = b.slice(bi);
			if (s[i]) s[i] += bs;
			else s[++i] = bs;
		}
		return s.length < 2 ? q[0] ? one(q[0].x) : zero(b) : (b = q.length, function(t) {
			for (var i = 0, o; i < b; ++i) s[(o = q[i]).i] = o.x(t);
			return s.join("");
		});
	}
	function value(a, b) {
		var t = typeof b, c;
		return b == null || t === "boolean" ? constant$1(b) : (t === "number" ? number : t === "string" ? (c = color(b)) ? (b = c, rgb) : string : b instanceof color ? rgb : b instanceof Date ? date : isNumberArray(b) ? numberArray : Array.isArray(b) ? genericArray : typeof b.valueOf !== "function" && typeof b.toString !== "function" || isNaN(b) ? object : number)(a, b);
	}
	function round(a, b) {
		return a = +a, b = +b, function(t) {
			return Math.round(a * (1 - t) + b * t);
		};
	}
	var epsilon2 = 1e-12;
	function cosh(x) {
		return ((x = Math.exp(x)) + 1 / x) / 2;
	}
	function sinh(x) {
		return ((x = Math.exp(x)) - 1 / x) / 2;
	}
	function tanh(x) {
		return ((x = Math.exp(2 * x)) - 1) / (x + 1);
	}
	(function zoomRho(rho, rho2, rho4) {
		function zoom(p0, p1) {
			var ux0 = p0[0], uy0 = p0[1], w0 = p0[2], ux1 = p1[0], uy1 = p1[1], w1 = p1[2], dx = ux1 - ux0, dy = uy1 - uy0, d2 = dx * dx + dy * dy, i, S;
			if (d2 < epsilon2) {
				S = Math.log(w1 / w0) / rho;
				i = function(t) {
					return [
						ux0 + t * dx,
						uy0 + t * dy,
						w0 * Math.exp(rho * t * S)
					];
				};
			} else {
				var d1 = Math.sqrt(d2), b0 = (w1 * w1 - w0 * w0 + rho4 * d2) / (2 * w0 * rho2 * d1), b1 = (w1 * w1 - w0 * w0 - rho4 * d2) / (2 * w1 * rho2 * d1), r0 = Math.log(Math.sqrt(b0 * b0 + 1) - b0);
				S = (Math.log(Math.sqrt(b1 * b1 + 1) - b1) - r0) / rho;
				i = function(t) {
					var s = t * S, coshr0 = cosh(r0), u = w0 / (rho2 * d1) * (coshr0 * tanh(rho * s + r0) - sinh(r0));
					return [
						ux0 + u * dx,
						uy0 + u * dy,
						w0 * coshr0 / cosh(rho * s + r0)
					];
				};
			}
			i.duration = Math.abs(S) * 1e3 * rho / Math.SQRT2;
			return i;
		}
		zoom.rho = function(_) {
			var _1 = Math.max(.001, +_), _2 = _1 * _1;
			return zoomRho(_1, _2, _2 * _2);
		};
		return zoom;
	})(Math.SQRT2, 2, 4);
	function cubehelix(hue) {
		return (function cubehelixGamma(y) {
			y = +y;
			function cubehelix(start, end) {
				var h = hue((start = cubehelix$1(start)).h, (end = cubehelix$1(end)).h), s = nogamma(start.s, end.s), l = nogamma(start.l, end.l), opacity = nogamma(start.opacity, end.opacity);
				return function(t) {
					start.h = h(t);
					start.s = s(t);
					start.l = l(Math.pow(t, y));
					start.opacity = opacity(t);
					return start + "";
				};
			}
			cubehelix.gamma = cubehelixGamma;
			return cubehelix;
		})(1);
	}
	cubehelix(hue$1);
	cubehelix(nogamma);
	// node_modules/d3-format/dist/d3-format.mjs
	function formatDecimal(x) {
		return Math.abs(x = Math.round(x)) >= 1e21 ? x.toLocaleString("en").replace(/,/g, "") : x.toString(10);
	}
	function formatDecimalParts(x, p) {
		if (!isFinite(x) || x === 0) return null;
		var i = (x = p ? x.toExponential(p - 1) : x.toExponential()).indexOf("e"), coefficient = x.slice(0, i);
		return [coefficient.length > 1 ? coefficient[0] + coefficient.slice(2) : coefficient, +x.slice(i + 1)];
	}
	function exponent(x) {
		return x = formatDecimalParts(Math.abs(x)), x ? x[1] : NaN;
	}
	function formatGroup(grouping, thousands) {
		return function(value, width) {
			var i = value.length, t = [], j = 0, g = grouping[0], length = 0;
			while (i > 0 && g > 0) {
				if (length + g + 1 > width) g = Math.max(1, width - length);
				t.push(value.substring(i -= g, i + g));
				if ((length += g + 1) > width) break;
				g = grouping[j = (j + 1) % grouping.length];
			}
			return t.reverse().join(thousands);
		};
	}
	function formatNumerals(numerals) {
		return function(value) {
			return value.replace(/[0-9]/g, function(i) {
				return numerals[+i];
			});
		};
	}
	var re = /^(?:(.)?([<>=^]))?([+\-( ])?([$#])?(0)?(\d+)?(,)?(\.\d+)?(~)?([a-z%])?$/i;
	function formatSpecifier(specifier) {
		if (!(match = re.exec(specifier))) throw new Error("invalid format: " + specifier);
		var match;
		return new FormatSpecifier({
			fill: match[1],
			align: match[2],
			sign: match[3],
			symbol: match[4],
			zero: match[5],
			width: match[6],
			comma: match[7],
			precision: match[8] && match[8].slice(1),
			trim: match[9],
			type: match[10]
		});
	}
	formatSpecifier.prototype = FormatSpecifier.prototype;
	function FormatSpecifier(specifier) {
		this.fill = specifier.fill === void 0 ? " " : specifier.fill + "";
		this.align = specifier.align === void 0 ? ">" : specifier.align + "";
		this.sign = specifier.sign === void 0 ? "-" : specifier.sign + "";
		this.symbol = specifier.symbol === void 0 ? "" : specifier.symbol + "";
		this.zero = !!specifier.zero;
		this.width = specifier.width === void 0 ? void 0 : +specifier.width;
		this.comma = !!specifier.comma;
		this.precision = specifier.precision === void 0 ? void 0 : +specifier.precision;
		this.trim = !!specifier.trim;
		this.type = specifier.type === void 0 ? "" : specifier.type + "";
	}
	FormatSpecifier.prototype.toString = function() {
		return this.fill + this.align + this.sign + this.symbol + (this.zero ? "0" : "") + (this.width === void 0 ? "" : Math.max(1, this.width | 0)) + (this.comma ? "," : "") + (this.precision === void 0 ? "" : "." + Math.max(0, this.precision | 0)) + (this.trim ? "~" : "") + this.type;
	};
	function formatTrim(s) {
		out: for (var n = s.length, i = 1, i0 = -1, i1; i < n; ++i) switch (s[i]) {
			case ".":
				i0 = i1 = i;
				break;
			case "0":
				if (i0 === 0) i0 = i;
				i1 = i;
				break;
			default:
				if (!+s[i]) break out;
				if (i0 > 0) i0 = 0;
		}
		return i0 > 0 ? s.slice(0, i0) + s.slice(i1 + 1) : s;
	}
	var prefixExponent;
	function formatPrefixAuto(x, p) {
		var d = formatDecimalParts(x, p);
		if (!d) return prefixExponent = void 0, x.toPrecision(p);
		var coefficient = d[0], exponent = d[1], i = exponent - (prefixExponent = Math.max(-8, Math.min(8, Math.floor(exponent / 3))) * 3) + 1, n = coefficient.length;
		return i === n ? coefficient : i > n ? coefficient + new Array(i - n + 1).join("0") : i > 0 ? coefficient.slice(0, i) + "." + coefficient.slice(i) : "0." + new Array(1 - i).join("0") + formatDecimalParts(x, Math.max(0, p + i - 1))[0];
	}
	function formatRounded(x, p) {
		var d = formatDecimalParts(x, p);
		if (!d) return x + "";
		var coefficient = d[0], exponent = d[1];
		return exponent < 0 ? "0." + new Array(-exponent).join("0") + coefficient : coefficient.length > exponent + 1 ? coefficient.slice(0, exponent + 1) + "." + coefficient.slice(exponent + 1) : coefficient + new Array(exponent - coefficient.length + 2).join("0");
	}
	var formatTypes = {
		"%": (x, p) => (x * 100).toFixed(p),
		"b": (x) => Math.round(x).toString(2),
		"c": (x) => x + "",
		"d": formatDecimal,
		"e": (x, p) => x.toExponential(p),
		"f": (x, p) => x.toFixed(p),
		"g": (x, p) => x.toPrecision(p),
		"o": (x) => Math.round(x).toString(8),
		"p": (x, p) => formatRounded(x * 100, p),
		"r": formatRounded,
		"s": formatPrefixAuto,
		"X": (x) => Math.round(x).toString(16).toUpperCase(),
		"x": (x) => Math.round(x).toString(16)
	};
	function identity(x) {
		return x;
	}
	var map = Array.prototype.map;
	var prefixes = [
		"y",
		"z",
		"a",
		"f",
		"p",
		"n",
		"µ",
		"m",
		"",
		"k",
		"M",
		"G",
		"T",
		"P",
		"E",
		"Z",
		"Y"
	];
	function formatLocale(locale) {
		var group = locale.grouping === void 0 || locale.thousands === void 0 ? identity : formatGroup(map.call(locale.grouping, Number), locale.thousands + ""), currencyPrefix = locale.currency === void 0 ? "" : locale.currency[0] + "", currencySuffix = locale.currency === void 0 ? "" : locale.currency[1] + "", decimal = locale.decimal === void 0 ? "." : locale.decimal + "", numerals = locale.numerals === void 0 ? identity : formatNumerals(map.call(locale.numerals, String)), percent = locale.percent === void 0 ? "%" : locale.percent + "", minus = locale.minus === void 0 ? "−" : locale.minus + "", nan = locale.nan === void 0 ? "NaN" : locale.nan + "";
		function newFormat(specifier, options) {
			specifier = formatSpecifier(specifier);
			var fill = specifier.fill, align = specifier.align, sign = specifier.sign, symbol = specifier.symbol, zero = specifier.zero, width = specifier.width, comma = specifier.comma, precision = specifier.precision, trim = specifier.trim, type = specifier.type;
			if (type === "n") comma = true, type = "g";
			else if (!formatTypes[type]) precision === void 0 && (precision = 12), trim = true, type = "g";
			if (zero || fill === "0" && align === "=") zero = true, fill = "0", align = "=";
			var prefix = (options && options.prefix !== void 0 ? options.prefix : "") + (symbol === "$" ? currencyPrefix : symbol === "#" && /[boxX]/.test(type) ? "0" + type.toLowerCase() : ""), suffix = (symbol === "$" ? currencySuffix : /[%p]/.test(type) ? percent : "") + (options && options.suffix !== void 0 ? options.suffix : "");
			var formatType = formatTypes[type], maybeSuffix = /[defgprs%]/.test(type);
			precision = precision === void 0 ? 6 : /[gprs]/.test(type) ? Math.max(1, Math.min(21, precision)) : Math.max(0, Math.min(20, precision));
			function format(value) {
				var valuePrefix = prefix, valueSuffix = suffix, i, n, c;
				if (type === "c") {
					valueSuffix = formatType(value) + valueSuffix;
					value = "";
				} else {
					value = +value;
					var valueNegative = value < 0 || 1 / value < 0;
					value = isNaN(value) ? nan : formatType(Math.abs(value), precision);
					if (trim) value = formatTrim(value);
					if (valueNegative && +value === 0 && sign !== "+") valueNegative = false;
					valuePrefix = (valueNegative ? sign === "(" ? sign : minus : sign === "-" || sign === "(" ? "" : sign) + valuePrefix;
					valueSuffix = (type === "s" && !isNaN(value) && prefixExponent !== void 0 ? prefixes[8 + prefixExponent / 3] : "") + valueSuffix + (valueNegative && sign === "(" ? ")" : "");
					if (maybeSuffix) {
						i = -1, n = value.length;
						while (++i < n) if (c = value.charCodeAt(i), 48 > c || c > 57) {
							valueSuffix = (c === 46 ? decimal + value.slice(i + 1) : value.slice(i)) + valueSuffix;
							value = value.slice(0, i);
							break;
						}
					}
				}
				if (comma && !zero) value = group(value, Infinity);
				var length = valuePrefix.length + value.length + valueSuffix.length, padding = length < width ? new Array(width - length + 1).join(fill) : "";
				if (comma && zero) value = group(padding + value, padding.length ? width - valueSuffix.length : Infinity), padding = "";
				switch (align) {
					case "<":
						value = valuePrefix + value + valueSuffix + padding;
						break;
					case "=":
						value = valuePrefix + padding + value + valueSuffix;
						break;
					case "^":
						value = padding.slice(0, length = padding.length >> 1) + valuePrefix + value + valueSuffix + padding.slice(length);
						break;
					default: value = padding + valuePrefix + value + valueSuffix;
				}
				return numerals(value);
			}
			format.toString = function() {
				return specifier + "";
			};
			return format;
		}
		function formatPrefix(specifier, value) {
			var e = Math.max(-8, Math.min(8, Math.floor(exponent(value) / 3))) * 3, k = Math.pow(10, -e), f = newFormat((specifier = formatSpecifier(specifier), specifier.type = "f", specifier), { suffix: prefixes[8 + e / 3] });
			return function(value) {
				return f(k * value);
			};
		}
		return {
			format: newFormat,
			formatPrefix
		};
	}
	var locale;
	var format;
	var formatPrefix;
	defaultLocale({
		thousands: ",",
		grouping: [3],
		currency: ["$", ""]
	});
	function defaultLocale(definition) {
		locale = formatLocale(definition);
		format = locale.format;
		formatPrefix = locale.formatPrefix;
		return locale;
	}
	function precisionFixed(step) {
		return Math.max(0, -exponent(Math.abs(step)));
	}
	function precisionPrefix(step, value) {
		return Math.max(0, Math.max(-8, Math.min(8, Math.floor(exponent(value) / 3))) * 3 - exponent(Math.abs(step)));
	}
	function precisionRound(step, max) {
		step = Math.abs(step), max = Math.abs(max) - step;
		return Math.max(0, exponent(max) - exponent(step)) + 1;
	}
	// node_modules/d3-scale/dist/d3-scale.mjs
	function initRange(domain, range) {
		switch (arguments.length) {
			case 0: break;
			case 1:
				this.range(domain);
				break;
			default: this.range(range).domain(domain);
		}
		return this;
	}
	var implicit = Symbol("implicit");
	function ordinal() {
		var index = new InternMap(), domain = [], range = [], unknown = implicit;
		function scale(d) {
			let i = index.get(d);
			if (i === void 0) {
				if (unknown !== implicit) return unknown;
				index.set(d, i = domain.push(d) - 1);
			}
			return range[i % range.length];
		}
		scale.domain = function(_) {
			if (!arguments.length) return domain.slice();
			domain = [], index = new InternMap();
			for (const value of _) {
				if (index.has(value)) continue;
				index.set(value, domain.push(value) - 1);
			}
			return scale;
		};
		scale.range = function(_) {
			return arguments.length ? (range = Array.from(_), scale) : range.slice();
		};
		scale.unknown = function(_) {
			return arguments.length ? (unknown = _, scale) : unknown;
		};
		scale.copy = function() {
			return ordinal(domain, range).unknown(unknown);
		};
		initRange.apply(scale, arguments);
		return scale;
	}
	function band() {
		var scale = ordinal().unknown(void 0), domain = scale.domain, ordinalRange = scale.range, r0 = 0, r1 = 1, step, bandwidth, round = false, paddingInner = 0, paddingOuter = 0, align = .5;
		delete scale.unknown;
		function rescale() {
			var n = domain().length, reverse = r1 < r0, start = reverse ? r1 : r0, stop = reverse ? r0 : r1;
			step = (stop - start) / Math.max(1, n - paddingInner + paddingOuter * 2);
			if (round) step = Math.floor(step);
			start += (stop - start - step * (n - paddingInner)) * align;
			bandwidth = step * (1 - paddingInner);
			if (round) start = Math.round(start), bandwidth = Math.round(bandwidth);
			var values = range(n).map(function(i) {
				return start + step * i;
			});
			return ordinalRange(reverse ? values.reverse() : values);
		}
		scale.domain = function(_) {
			return arguments.length ? (domain(_), rescale()) : domain();
		};
		scale.range = function(_) {
			return arguments.length ? ([r0, r1] = _, r0 = +r0, r1 = +r1, rescale()) : [r0, r1];
		};
		scale.rangeRound = function(_) {
			return [r0, r1] = _, r0 = +r0, r1 = +r1, round = true, rescale();
		};
		scale.bandwidth = function() {
			return bandwidth;
		};
		scale.step = function() {
			return step;
		};
		scale.round = function(_) {
			return arguments.length ? (round = !!_, rescale()) : round;
		};
		scale.padding = function(_) {
			return arguments.length ? (paddingInner = Math.min(1, paddingOuter = +_), rescale()) : paddingInner;
		};
		scale.paddingInner = function(_) {
			return arguments.length ? (paddingInner = Math.min(1, _), rescale()) : paddingInner;
		};
		scale.paddingOuter = function(_) {
			return arguments.length ? (paddingOuter = +_, rescale()) : paddingOuter;
		};
		scale.align = function(_) {
			return arguments.length ? (align = Math.max(0, Math.min(1, _)), rescale()) : align;
		};
		scale.copy = function() {
			return band(domain(), [r0, r1]).round(round).paddingInner(paddingInner).paddingOuter(paddingOuter).align(align);
		};
		return initRange.apply(rescale(), arguments);
	}
	function pointish(scale) {
		var copy = scale.copy;
		scale.padding = scale.paddingOuter;
		delete scale.paddingInner;
		delete scale.paddingOuter;
		scale.copy = function() {
			return pointish(copy());
		};
		return scale;
	}
	function point$4() {
		return pointish(band.apply(null, arguments).paddingInner(1));
	}
	function constants(x) {
		return function() {
			return x;
		};
	}
	function number$1(x) {
		return +x;
	}
	var unit = [0, 1];
	function identity$1(x) {
		return x;
	}
	function normalize(a, b) {
		return (b -= a = +a) ? function(x) {
			return (x - a) / b;
		} : constants(isNaN(b) ? NaN : .5);
	}
	function clamper(a, b) {
		var t;
		if (a > b) t = a, a = b, b = t;
		return function(x) {
			return Math.max(a, Math.min(b, x));
		};
	}
	function bimap(domain, range, interpolate) {
		var d0 = domain[0], d1 = domain[1], r0 = range[0], r1 = range[1];
		if (d1 < d0) d0 = normalize(d1, d0), r0 = interpolate(r1, r0);
		else d0 = normalize(d0, d1), r0 = interpolate(r0, r1);
		return function(x) {
			return r0(d0(x));
		};
	}
	function polymap(domain, range, interpolate) {
		var j = Math.min(domain.length, range.length) - 1, d = new Array(j), r = new Array(j), i = -1;
		if (domain[j] < domain[0]) {
			domain = domain.slice().reverse();
			range = range.slice().reverse();
		}
		while (++i < j) {
			d[i] = normalize(domain[i], domain[i + 1]);
			r[i] = interpolate(range[i], range[i + 1]);
		}
		return function(x) {
			var i = bisectRight(domain, x, 1, j) - 1;
			return r[i](d[i](x));
		};
	}
	function copy$1(source, target) {
		return target.domain(source.domain()).range(source.range()).interpolate(source.interpolate()).clamp(source.clamp()).unknown(source.unknown());
	}
	function transformer$2() {
		var domain = unit, range = unit, interpolate$1 = value, transform, untransform, unknown, clamp = identity$1, piecewise, output, input;
		function rescale() {
			var n = Math.min(domain.length, range.length);
			if (clamp !== identity$1) clamp = clamper(domain[0], domain[n - 1]);
			piecewise = n > 2 ? polymap : bimap;
			output = input = null;
			return scale;
		}
		function scale(x) {
			return x == null || isNaN(x = +x) ? unknown : (output || (output = piecewise(domain.map(transform), range, interpolate$1)))(transform(clamp(x)));
		}
		scale.invert = function(y) {
			return clamp(untransform((input || (input = piecewise(range, domain.map(transform), number)))(y)));
		};
		scale.domain = function(_) {
			return arguments.length ? (domain = Array.from(_, number$1), rescale()) : domain.slice();
		};
		scale.range = function(_) {
			return arguments.length ? (range = Array.from(_), rescale()) : range.slice();
		};
		scale.rangeRound = function(_) {
			return range = Array.from(_), interpolate$1 = round, rescale();
		};
		scale.clamp = function(_) {
			return arguments.length ? (clamp = _ ? true : identity$1, rescale()) : clamp !== identity$1;
		};
		scale.interpolate = function(_) {
			return arguments.length ? (interpolate$1 = _, rescale()) : interpolate$1;
		};
		scale.unknown = function(_) {
			return arguments.length ? (unknown = _, scale) : unknown;
		};
		return function(t, u) {
			transform = t, untransform = u;
			return rescale();
		};
	}
	function continuous() {
		return transformer$2()(identity$1, identity$1);
	}
	function tickFormat(start, stop, count, specifier) {
		var step = tickStep(start, stop, count), precision;
		specifier = formatSpecifier(specifier == null ? ",f" : specifier);
		switch (specifier.type) {
			case "s":
				var value = Math.max(Math.abs(start), Math.abs(stop));
				if (specifier.precision == null && !isNaN(precision = precisionPrefix(step, value))) specifier.precision = precision;
				return formatPrefix(specifier, value);
			case "":
			case "e":
			case "g":
			case "p":
			case "r":
				if (specifier.precision == null && !isNaN(precision = precisionRound(step, Math.max(Math.abs(start), Math.abs(stop))))) specifier.precision = precision - (specifier.type === "e");
				break;
			case "f":
			case "%": if (specifier.precision == null && !isNaN(precision = precisionFixed(step))) specifier.precision = precision - (specifier.type === "%") * 2;
		}
		return format(specifier);
	}
	function linearish(scale) {
		var domain = scale.domain;
		scale.ticks = function(count) {
			var d = domain();
			return ticks(d[0], d[d.length - 1], count == null ? 10 : count);
		};
		scale.tickFormat = function(count, specifier) {
			var d = domain();
			return tickFormat(d[0], d[d.length - 1], count == null ? 10 : count, specifier);
		};
		scale.nice = function(count) {
			if (count == null) count = 10;
			var d = domain();
			var i0 = 0;
			var i1 = d.length - 1;
			var start = d[i0];
			var stop = d[i1];
			var prestep;
			var step;
			var maxIter = 10;
			if (stop < start) {
				step = start, start = stop, stop = step;
				step = i0, i0 = i1, i1 = step;
			}
			while (maxIter-- > 0) {
				step = tickIncrement(start, stop, count);
				if (step === prestep) {
					d[i0] = start;
					d[i1] = stop;
					return domain(d);
				} else if (step > 0) {
					start = Math.floor(start / step) * step;
					stop = Math.ceil(stop / step) * step;
				} else if (step < 0) {
					start = Math.ceil(start * step) / step;
					stop = Math.floor(stop * step) / step;
				} else break;
				prestep = step;
			}
			return scale;
		};
		return scale;
	}
	function linear() {
		var scale = continuous();
		scale.copy = function() {
			return copy$1(scale, linear());
		};
		initRange.apply(scale, arguments);
		return linearish(scale);
	}
	// node_modules/d3-path/dist/d3-path.mjs
	var pi$1 = Math.PI;
	var tau$1 = 2 * pi$1;
	var epsilon$1 = 1e-6;
	var tauEpsilon = tau$1 - epsilon$1;
	function append(strings) {
		this._ += strings[0];
		for (let i = 1, n = strings.length; i < n; ++i) this._ += arguments[i] + strings[i];
	}
	function appendRound(digits) {
		let d = Math.floor(digits);
		if (!(d >= 0)) throw new Error(`invalid digits: ${digits}`);
		if (d > 15) return append;
		const k = 10 ** d;
		return function(strings) {
			this._ += strings[0];
			for (let i = 1, n = strings.length; i < n; ++i) this._ += Math.round(arguments[i] * k) / k + strings[i];
		};
	}
	function equal(x0, y0, x1, y1) {
		return x0 === x1 && y0 === y1;
	}
	function equalRound(digits) {
		const d = Math.floor(digits);
		if (!(d <= 15)) return equal;
		const k = 10 ** d;
		const r = function(value) {
			return Math.round(value * k);
		};
		return function(x0, y0, x1, y1) {
			return r(x0) === r(x1) && r(y0) === r(y1);
		};
	}
	var Path = class {
		constructor(digits) {
			this._x0 = this._y0 = this._x1 = this._y1 = null;
			this._ = "";
			this._append = digits == null ? append : appendRound(digits);
			this._equal = digits == null ? equal : equalRound(digits);
		}
		moveTo(x, y) {
			this._append`M${this._x0 = this._x1 = +x},${this._y0 = this._y1 = +y}`;
		}
		closePath() {
			if (this._x1 !== null) {
				this._x1 = this._x0, this._y1 = this._y0;
				this._append`Z`;
			}
		}
		lineTo(x, y) {
			this._append`L${this._x1 = +x},${this._y1 = +y}`;
		}
		quadraticCurveTo(x1, y1, x, y) {
			this._append`Q${+x1},${+y1},${this._x1 = +x},${this._y1 = +y}`;
		}
		bezierCurveTo(x1, y1, x2, y2, x, y) {
			this._append`C${+x1},${+y1},${+x2},${+y2},${this._x1 = +x},${this._y1 = +y}`;
		}
		arcTo(x1, y1, x2, y2, r) {
			x1 = +x1, y1 = +y1, x2 = +x2, y2 = +y2, r = +r;
			if (r < 0) throw new Error(`negative radius: ${r}`);
			let x0 = this._x1, y0 = this._y1, x21 = x2 - x1, y21 = y2 - y1, x01 = x0 - x1, y01 = y0 - y1, l01_2 = x01 * x01 + y01 * y01;
			if (this._x1 === null) this._append`M${this._x1 = x1},${this._y1 = y1}`;
			else if (!(l01_2 > epsilon$1));
			else if (!(Math.abs(y01 * x21 - y21 * x01) > epsilon$1) || !r) this._append`L${this._x1 = x1},${this._y1 = y1}`;
			else {
				let x20 = x2 - x0, y20 = y2 - y0, l21_2 = x21 * x21 + y21 * y21, l20_2 = x20 * x20 + y20 * y20, l21 = Math.sqrt(l21_2), l01 = Math.sqrt(l01_2), l = r * Math.tan((pi$1 - Math.acos((l21_2 + l01_2 - l20_2) / (2 * l21 * l01))) / 2), t01 = l / l01, t21 = l / l21;
				if (Math.abs(t01 - 1) > epsilon$1) this._append`L${x1 + t01 * x01},${y1 + t01 * y01}`;
				this._append`A${r},${r},0,0,${+(y01 * x20 > x01 * y20)},${this._x1 = x1 + t21 * x21},${this._y1 = y1 + t21 * y21}`;
			}
		}
		arc(x, y, r, a0, a1, ccw) {
			x = +x, y = +y, r = +r, ccw = !!ccw;
			if (r < 0) throw new Error(`negative radius: ${r}`);
			let dx = r * Math.cos(a0), dy = r * Math.sin(a0), x0 = x + dx, y0 = y + dy, cw = 1 ^ ccw, da = ccw ? a0 - a1 : a1 - a0;
			if (this._x1 === null) this._append`M${x0},${y0}`;
			else if (Math.abs(this._x1 - x0) > epsilon$1 || Math.abs(this._y1 - y0) > epsilon$1) this._append`L${x0},${y0}`;
			if (!r) return;
			if (da < 0) da = da % tau$1 + tau$1;
			if (da > tauEpsilon) this._append`A${r},${r},0,1,${cw},${x - dx},${y - dy}A${r},${r},0,1,${cw},${this._x1 = x0},${this._y1 = y0}`;
			else if (da > epsilon$1) {
				const x1 = x + r * Math.cos(a1);
				const y1 = y + r * Math.sin(a1);
				if (da >= pi$1 && this._equal(x0, y0, x1, y1)) {
					da /= 2;
					let a00 = a0 + da;
					this._append`A${r},${r},0,${+(da >= pi$1)},${cw},${x + r * Math.cos(a00)},${y + r * Math.sin(a00)}`;
				}
				this._append`A${r},${r},0,${+(da >= pi$1)},${cw},${this._x1 = x1},${this._y1 = y1}`;
			}
		}
		rect(x, y, w, h) {
			this._append`M${this._x0 = this._x1 = +x},${this._y0 = this._y1 = +y}h${w = +w}v${+h}h${-w}Z`;
		}
		toString() {
			return this._;
		}
	};
	function path() {
		return new Path();
	}
	path.prototype = Path.prototype;
	// node_modules/d3-shape/dist/d3-shape.mjs
	function constant(x) {
		return function constant() {
			return x;
		};
	}
	var cos = Math.cos;
	var sin = Math.sin;
	var sqrt = Math.sqrt;
	var epsilon = 1e-12;
	var pi = Math.PI;
	pi / 2;
	var tau = 2 * pi;
	function withPath(shape) {
		let digits = 3;
		shape.digits = function(_) {
			if (!arguments.length) return digits;
			if (_ == null) digits = null;
			else {
				const d = Math.floor(_);
				if (!(d >= 0)) throw new RangeError(`invalid digits: ${_}`);
				digits = d;
			}
			return shape;
		};
		return () => new Path(digits);
	}
	Array.prototype.slice;
	function array(x) {
		return typeof x === "object" && "length" in x ? x : Array.from(x);
	}
	function Linear(context) {
		this._context = context;
	}
	Linear.prototype = {
		areaStart: function() {
			this._line = 0;
		},
		areaEnd: function() {
			this._line = NaN;
		},
		lineStart: function() {
			this._point = 0;
		},
		lineEnd: function() {
			if (this._line || this._line !== 0 && this._point === 1) this._context.closePath();
			this._line = 1 - this._line;
		},
		point: function(x, y) {
			x = +x, y = +y;
			switch (this._point) {
				case 0:
					this._point = 1;
					this._line ? this._context.lineTo(x, y) : this._context.moveTo(x, y);
					break;
				case 1: this._point = 2;
				default: this._context.lineTo(x, y);
			}
		}
	};
	function curveLinear(context) {
		return new Linear(context);
	}
	function x(p) {
		return p[0];
	}
	function y(p) {
		return p[1];
	}
	function line(x$1, y$1) {
		var defined = constant(true), context = null, curve = curveLinear, output = null, path = withPath(line);
		x$1 = typeof x$1 === "function" ? x$1 : x$1 === void 0 ? x : constant(x$1);
		y$1 = typeof y$1 === "function" ? y$1 : y$1 === void 0 ? y : constant(y$1);
		function line(data) {
			var i, n = (data = array(data)).length, d, defined0 = false, buffer;
			if (context == null) output = curve(buffer = path());
			for (i = 0; i <= n; ++i) {
				if (!(i < n && defined(d = data[i], i, data)) === defined0) {
					if (defined0 = !defined0) output.lineStart();
					else output.lineEnd();
				}
				if (defined0) output.point(+x$1(d, i, data), +y$1(d, i, data));
			}
			if (buffer) return output = null, buffer + "" || null;
		}
		line.x = function(_) {
			return arguments.length ? (x$1 = typeof _ === "function" ? _ : constant(+_), line) : x$1;
		};
		line.y = function(_) {
			return arguments.length ? (y$1 = typeof _ === "function" ? _ : constant(+_), line) : y$1;
		};
		line.defined = function(_) {
			return arguments.length ? (defined = typeof _ === "function" ? _ : constant(!!_), line) : defined;
		};
		line.curve = function(_) {
			return arguments.length ? (curve = _, context != null && (output = curve(context)), line) : curve;
		};
		line.context = function(_) {
			return arguments.length ? (_ == null ? context = output = null : output = curve(context = _), line) : context;
		};
		return line;
	}
	curveRadial(curveLinear);
	function Radial(curve) {
		this._curve = curve;
	}
	Radial.prototype = {
		areaStart: function() {
			this._curve.areaStart();
		},
		areaEnd: function() {
			this._curve.areaEnd();
		},
		lineStart: function() {
			this._curve.lineStart();
		},
		lineEnd: function() {
			this._curve.lineEnd();
		},
		point: function(a, r) {
			this._curve.point(r * Math.sin(a), r * -Math.cos(a));
		}
	};
	function curveRadial(curve) {
		function radial(context) {
			return new Radial(curve(context));
		}
		radial._curve = curve;
		return radial;
	}
	sqrt(3);
	sqrt(1 / 3) * 2;
	var kr = sin(pi / 10) / sin(7 * pi / 10);
	sin(tau / 10) * kr;
	-cos(tau / 10) * kr;
	sqrt(3);
	sqrt(3);
	sqrt(3) / 2;
	(1 / sqrt(12) / 2 + 1) * 3;
	function noop() {}
	function point$3(that, x, y) {
		that._context.bezierCurveTo((2 * that._x0 + that._x1) / 3, (2 * that._y0 + that._y1) / 3, (that._x0 + 2 * that._x1) / 3, (that._y0 + 2 * that._y1) / 3, (that._x0 + 4 * that._x1 + x) / 6, (that._y0 + 4 * that._y1 + y) / 6);
	}
	function Basis(context) {
		this._context = context;
	}
	Basis.prototype = {
		areaStart: function() {
			this._line = 0;
		},
		areaEnd: function() {
			this._line = NaN;
		},
		lineStart: function() {
			this._x0 = this._x1 = this._y0 = this._y1 = NaN;
			this._point = 0;
		},
		lineEnd: function() {
			switch (this._point) {
				case 3: point$3(this, this._x1, this._y1);
				case 2: this._context.lineTo(this._x1, this._y1);
			}
			if (this._line || this._line !== 0 && this._point === 1) this._context.closePath();
			this._line = 1 - this._line;
		},
		point: function(x, y) {
			x = +x, y = +y;
			switch (this._point) {
				case 0:
					this._point = 1;
					this._line ? this._context.lineTo(x, y) : this._context.moveTo(x, y);
					break;
				case 1:
					this._point = 2;
					break;
				case 2:
					this._point = 3;
					this._context.lineTo((5 * this._x0 + this._x1) / 6, (5 * this._y0 + this._y1) / 6);
				default: point$3(this, x, y);
			}
			this._x0 = this._x1, this._x1 = x;
			this._y0 = this._y1, this._y1 = y;
		}
	};
	function BasisClosed(context) {
		this._context = context;
	}
	BasisClosed.prototype = {
		areaStart: noop,
		areaEnd: noop,
		lineStart: function() {
			this._x0 = this._x1 = this._x2 = this._x3 = this._x4 = this._y0 = this._y1 = this._y2 = this._y3 = this._y4 = NaN;
			this._point = 0;
		},
		lineEnd: function() {
			switch (this._point) {
				case 1:
					this._context.moveTo(this._x2, this._y2);
					this._context.closePath();
					break;
				case 2:
					this._context.moveTo((this._x2 + 2 * this._x3) / 3, (this._y2 + 2 * this._y3) / 3);
					this._context.lineTo((this._x3 + 2 * this._x2) / 3, (this._y3 + 2 * this._y2) / 3);
					this._context.closePath();
					break;
				case 3:
					this.point(this._x2, this._y2);
					this.point(this._x3, this._y3);
					this.point(this._x4, this._y4);
			}
		},
		point: function(x, y) {
			x = +x, y = +y;
			switch (this._point) {
				case 0:
					this._point = 1;
					this._x2 = x, this._y2 = y;
					break;
				case 1:
					this._point = 2;
					this._x3 = x, this._y3 = y;
					break;
				case 2:
					this._point = 3;
					this._x4 = x, this._y4 = y;
					this._context.moveTo((this._x0 + 4 * this._x1 + x) / 6, (this._y0 + 4 * this._y1 + y) / 6);
					break;
				default: point$3(this, x, y);
			}
			this._x0 = this._x1, this._x1 = x;
			this._y0 = this._y1, this._y1 = y;
		}
	};
	function BasisOpen(context) {
		this._context = context;
	}
	BasisOpen.prototype = {
		areaStart: function() {
			this._line = 0;
		},
		areaEnd: function() {
			this._line = NaN;
		},
		lineStart: function() {
			this._x0 = this._x1 = this._y0 = this._y1 = NaN;
			this._point = 0;
		},
		lineEnd: function() {
			if (this._line || this._line !== 0 && this._point === 3) this._context.closePath();
			this._line = 1 - this._line;
		},
		point: function(x, y) {
			x = +x, y = +y;
			switch (this._point) {
				case 0:
					this._point = 1;
					break;
				case 1:
					this._point = 2;
					break;
				case 2:
					this._point = 3;
					var x0 = (this._x0 + 4 * this._x1 + x) / 6, y0 = (this._y0 + 4 * this._y1 + y) / 6;
					this._line ? this._context.lineTo(x0, y0) : this._context.moveTo(x0, y0);
					break;
				case 3: this._point = 4;
				default: point$3(this, x, y);
			}
			this._x0 = this._x1, this._x1 = x;
			this._y0 = this._y1, this._y1 = y;
		}
	};
	function Bundle(context, beta) {
		this._basis = new Basis(context);
		this._beta = beta;
	}
	Bundle.prototype = {
		lineStart: function() {
			this._x = [];
			this._y = [];
			this._basis.lineStart();
		},
		lineEnd: function() {
			var x = this._x, y = this._y, j = x.length - 1;
			if (j > 0) {
				var x0 = x[0], y0 = y[0], dx = x[j] - x0, dy = y[j] - y0, i = -1, t;
				while (++i <= j) {
					t = i / j;
					this._basis.point(this._beta * x[i] + (1 - this._beta) * (x0 + t * dx), this._beta * y[i] + (1 - this._beta) * (y0 + t * dy));
				}
			}
			this._x = this._y = null;
			this._basis.lineEnd();
		},
		point: function(x, y) {
			this._x.push(+x);
			this._y.push(+y);
		}
	};
	(function custom(beta) {
		function bundle(context) {
			return beta === 1 ? new Basis(context) : new Bundle(context, beta);
		}
		bundle.beta = function(beta) {
			return custom(+beta);
		};
		return bundle;
	})(.85);
	function point$2(that, x, y) {
		that._context.bezierCurveTo(that._x1 + that._k * (that._x2 - that._x0), that._y1 + that._k * (that._y2 - that._y0), that._x2 + that._k * (that._x1 - x), that._y2 + that._k * (that._y1 - y), that._x2, that._y2);
	}
	function Cardinal(context, tension) {
		this._context = context;
		this._k = (1 - tension) / 6;
	}
	Cardinal.prototype = {
		areaStart: function() {
			this._line = 0;
		},
		areaEnd: function() {
			this._line = NaN;
		},
		lineStart: function() {
			this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN;
			this._point = 0;
		},
		lineEnd: function() {
			switch (this._point) {
				case 2:
					this._context.lineTo(this._x2, this._y2);
					break;
				case 3: point$2(this, this._x1, this._y1);
			}
			if (this._line || this._line !== 0 && this._point === 1) this._context.closePath();
			this._line = 1 - this._line;
		},
		point: function(x, y) {
			x = +x, y = +y;
			switch (this._point) {
				case 0:
					this._point = 1;
					this._line ? this._context.lineTo(x, y) : this._context.moveTo(x, y);
					break;
				case 1:
					this._point = 2;
					this._x1 = x, this._y1 = y;
					break;
				case 2: this._point = 3;
				default: point$2(this, x, y);
			}
			this._x0 = this._x1, this._x1 = this._x2, this._x2 = x;
			this._y0 = this._y1, this._y1 = this._y2, this._y2 = y;
		}
	};
	(function custom(tension) {
		function cardinal(context) {
			return new Cardinal(context, tension);
		}
		cardinal.tension = function(tension) {
			return custom(+tension);
		};
		return cardinal;
	})(0);
	function CardinalClosed(context, tension) {
		this._context = context;
		this._k = (1 - tension) / 6;
	}
	CardinalClosed.prototype = {
		areaStart: noop,
		areaEnd: noop,
		lineStart: function() {
			this._x0 = this._x1 = this._x2 = this._x3 = this._x4 = this._x5 = this._y0 = this._y1 = this._y2 = this._y3 = this._y4 = this._y5 = NaN;
			this._point = 0;
		},
		lineEnd: function() {
			switch (this._point) {
				case 1:
					this._context.moveTo(this._x3, this._y3);
					this._context.closePath();
					break;
				case 2:
					this._context.lineTo(this._x3, this._y3);
					this._context.closePath();
					break;
				case 3:
					this.point(this._x3, this._y3);
					this.point(this._x4, this._y4);
					this.point(this._x5, this._y5);
			}
		},
		point: function(x, y) {
			x = +x, y = +y;
			switch (this._point) {
				case 0:
					this._point = 1;
					this._x3 = x, this._y3 = y;
					break;
				case 1:
					this._point = 2;
					this._context.moveTo(this._x4 = x, this._y4 = y);
					break;
				case 2:
					this._point = 3;
					this._x5 = x, this._y5 = y;
					break;
				default: point$2(this, x, y);
			}
			this._x0 = this._x1, this._x1 = this._x2, this._x2 = x;
			this._y0 = this._y1, this._y1 = this._y2, this._y2 = y;
		}
	};
	(function custom(tension) {
		function cardinal(context) {
			return new CardinalClosed(context, tension);
		}
		cardinal.tension = function(tension) {
			return custom(+tension);
		};
		return cardinal;
	})(0);
	function CardinalOpen(context, tension) {
		this._context = context;
		this._k = (1 - tension) / 6;
	}
	CardinalOpen.prototype = {
		areaStart: function() {
			this._line = 0;
		},
		areaEnd: function() {
			this._line = NaN;
		},
		lineStart: function() {
			this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN;
			this._point = 0;
		},
		lineEnd: function() {
			if (this._line || this._line !== 0 && this._point === 3) this._context.closePath();
			this._line = 1 - this._line;
		},
		point: function(x, y) {
			x = +x, y = +y;
			switch (this._point) {
				case 0:
					this._point = 1;
					break;
				case 1:
					this._point = 2;
					break;
				case 2:
					this._point = 3;
					this._line ? this._context.lineTo(this._x2, this._y2) : this._context.moveTo(this._x2, this._y2);
					break;
				case 3: this._point = 4;
				default: point$2(this, x, y);
			}
			this._x0 = this._x1, this._x1 = this._x2, this._x2 = x;
			this._y0 = this._y1, this._y1 = this._y2, this._y2 = y;
		}
	};
	(function custom(tension) {
		function cardinal(context) {
			return new CardinalOpen(context, tension);
		}
		cardinal.tension = function(tension) {
			return custom(+tension);
		};
		return cardinal;
	})(0);
	function point$1(that, x, y) {
		var x1 = that._x1, y1 = that._y1, x2 = that._x2, y2 = that._y2;
		if (that._l01_a > epsilon) {
			var a = 2 * that._l01_2a + 3 * that._l01_a * that._l12_a + that._l12_2a, n = 3 * that._l01_a * (that._l01_a + that._l12_a);
			x1 = (x1 * a - that._x0 * that._l12_2a + that._x2 * that._l01_2a) / n;
			y1 = (y1 * a - that._y0 * that._l12_2a + that._y2 * that._l01_2a) / n;
		}
		if (that._l23_a > epsilon) {
			var b = 2 * that._l23_2a + 3 * that._l23_a * that._l12_a + that._l12_2a, m = 3 * that._l23_a * (that._l23_a + that._l12_a);
			x2 = (x2 * b + that._x1 * that._l23_2a - x * that._l12_2a) / m;
			y2 = (y2 * b + that._y1 * that._l23_2a - y * that._l12_2a) / m;
		}
		that._context.bezierCurveTo(x1, y1, x2, y2, that._x2, that._y2);
	}
	function CatmullRom(context, alpha) {
		this._context = context;
		this._alpha = alpha;
	}
	CatmullRom.prototype = {
		areaStart: function() {
			this._line = 0;
		},
		areaEnd: function() {
			this._line = NaN;
		},
		lineStart: function() {
			this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN;
			this._l01_a = this._l12_a = this._l23_a = this._l01_2a = this._l12_2a = this._l23_2a = this._point = 0;
		},
		lineEnd: function() {
			switch (this._point) {
				case 2:
					this._context.lineTo(this._x2, this._y2);
					break;
				case 3: this.point(this._x2, this._y2);
			}
			if (this._line || this._line !== 0 && this._point === 1) this._context.closePath();
			this._line = 1 - this._line;
		},
		point: function(x, y) {
			x = +x, y = +y;
			if (this._point) {
				var x23 = this._x2 - x, y23 = this._y2 - y;
				this._l23_a = Math.sqrt(this._l23_2a = Math.pow(x23 * x23 + y23 * y23, this._alpha));
			}
			switch (this._point) {
				case 0:
					this._point = 1;
					this._line ? this._context.lineTo(x, y) : this._context.moveTo(x, y);
					break;
				case 1:
					this._point = 2;
					break;
				case 2: this._point = 3;
				default: point$1(this, x, y);
			}
			this._l01_a = this._l12_a, this._l12_a = this._l23_a;
			this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a;
			this._x0 = this._x1, this._x1 = this._x2, this._x2 = x;
			this._y0 = this._y1, this._y1 = this._y2, this._y2 = y;
		}
	};
	(function custom(alpha) {
		function catmullRom(context) {
			return alpha ? new CatmullRom(context, alpha) : new Cardinal(context, 0);
		}
		catmullRom.alpha = function(alpha) {
			return custom(+alpha);
		};
		return catmullRom;
	})(.5);
	function CatmullRomClosed(context, alpha) {
		this._context = context;
		this._alpha = alpha;
	}
	CatmullRomClosed.prototype = {
		areaStart: noop,
		areaEnd: noop,
		lineStart: function() {
			this._x0 = this._x1 = this._x2 = this._x3 = this._x4 = this._x5 = this._y0 = this._y1 = this._y2 = this._y3 = this._y4 = this._y5 = NaN;
			this._l01_a = this._l12_a = this._l23_a = this._l01_2a = this._l12_2a = this._l23_2a = this._point = 0;
		},
		lineEnd: function() {
			switch (this._point) {
				case 1:
					this._context.moveTo(this._x3, this._y3);
					this._context.closePath();
					break;
				case 2:
					this._context.lineTo(this._x3, this._y3);
					this._context.closePath();
					break;
				case 3:
					this.point(this._x3, this._y3);
					this.point(this._x4, this._y4);
					this.point(this._x5, this._y5);
			}
		},
		point: function(x, y) {
			x = +x, y = +y;
			if (this._point) {
				var x23 = this._x2 - x, y23 = this._y2 - y;
				this._l23_a = Math.sqrt(this._l23_2a = Math.pow(x23 * x23 + y23 * y23, this._alpha));
			}
			switch (this._point) {
				case 0:
					this._point = 1;
					this._x3 = x, this._y3 = y;
					break;
				case 1:
					this._point = 2;
					this._context.moveTo(this._x4 = x, this._y4 = y);
					break;
				case 2:
					this._point = 3;
					this._x5 = x, this._y5 = y;
					break;
				default: point$1(this, x, y);
			}
			this._l01_a = this._l12_a, this._l12_a = this._l23_a;
			this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a;
			this._x0 = this._x1, this._x1 = this._x2, this._x2 = x;
			this._y0 = this._y1, this._y1 = this._y2, this._y2 = y;
		}
	};
	(function custom(alpha) {
		function catmullRom(context) {
			return alpha ? new CatmullRomClosed(context, alpha) : new CardinalClosed(context, 0);
		}
		catmullRom.alpha = function(alpha) {
			return custom(+alpha);
		};
		return catmullRom;
	})(.5);
	function CatmullRomOpen(context, alpha) {
		this._context = context;
		this._alpha = alpha;
	}
	CatmullRomOpen.prototype = {
		areaStart: function() {
			this._line = 0;
		},
		areaEnd: function() {
			this._line = NaN;
		},
		lineStart: function() {
			this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN;
			this._l01_a = this._l12_a = this._l23_a = this._l01_2a = this._l12_2a = this._l23_2a = this._point = 0;
		},
		lineEnd: function() {
			if (this._line || this._line !== 0 && this._point === 3) this._context.closePath();
			this._line = 1 - this._line;
		},
		point: function(x, y) {
			x = +x, y = +y;
			if (this._point) {
				var x23 = this._x2 - x, y23 = this._y2 - y;
				this._l23_a = Math.sqrt(this._l23_2a = Math.pow(x23 * x23 + y23 * y23, this._alpha));
			}
			switch (this._point) {
				case 0:
					this._point = 1;
					break;
				case 1:
					this._point = 2;
					break;
				case 2:
					this._point = 3;
					this._line ? this._context.lineTo(this._x2, this._y2) : this._context.moveTo(this._x2, this._y2);
					break;
				case 3: this._point = 4;
				default: point$1(this, x, y);
			}
			this._l01_a = this._l12_a, this._l12_a = this._l23_a;
			this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a;
			this._x0 = this._x1, this._x1 = this._x2, this._x2 = x;
			this._y0 = this._y1, this._y1 = this._y2, this._y2 = y;
		}
	};
	(function custom(alpha) {
		function catmullRom(context) {
			return alpha ? new CatmullRomOpen(context, alpha) : new CardinalOpen(context, 0);
		}
		catmullRom.alpha = function(alpha) {
			return custom(+alpha);
		};
		return catmullRom;
	})(.5);
	function LinearClosed(context) {
		this._context = context;
	}
	LinearClosed.prototype = {
		areaStart: noop,
		areaEnd: noop,
		lineStart: function() {
			this._point = 0;
		},
		lineEnd: function() {
			if (this._point) this._context.closePath();
		},
		point: function(x, y) {
			x = +x, y = +y;
			if (this._point) this._context.lineTo(x, y);
			else this._point = 1, this._context.moveTo(x, y);
		}
	};
	function sign(x) {
		return x < 0 ? -1 : 1;
	}
	function slope3(that, x2, y2) {
		var h0 = that._x1 - that._x0, h1 = x2 - that._x1, s0 = (that._y1 - that._y0) / (h0 || h1 < 0 && -0), s1 = (y2 - that._y1) / (h1 || h0 < 0 && -0), p = (s0 * h1 + s1 * h0) / (h0 + h1);
		return (sign(s0) + sign(s1)) * Math.min(Math.abs(s0), Math.abs(s1), .5 * Math.abs(p)) || 0;
	}
	function slope2(that, t) {
		var h = that._x1 - that._x0;
		return h ? (3 * (that._y1 - that._y0) / h - t) / 2 : t;
	}
	function point(that, t0, t1) {
		var x0 = that._x0, y0 = that._y0, x1 = that._x1, y1 = that._y1, dx = (x1 - x0) / 3;
		that._context.bezierCurveTo(x0 + dx, y0 + dx * t0, x1 - dx, y1 - dx * t1, x1, y1);
	}
	function MonotoneX(context) {
		this._context = context;
	}
	MonotoneX.prototype = {
		areaStart: function() {
			this._line = 0;
		},
		areaEnd: function() {
			this._line = NaN;
		},
		lineStart: function() {
			this._x0 = this._x1 = this._y0 = this._y1 = this._t0 = NaN;
			this._point = 0;
		},
		lineEnd: function() {
			switch (this._point) {
				case 2:
					this._context.lineTo(this._x1, this._y1);
					break;
				case 3: point(this, this._t0, slope2(this, this._t0));
			}
			if (this._line || this._line !== 0 && this._point === 1) this._context.closePath();
			this._line = 1 - this._line;
		},
		point: function(x, y) {
			var t1 = NaN;
			x = +x, y = +y;
			if (x === this._x1 && y === this._y1) return;
			switch (this._point) {
				case 0:
					this._point = 1;
					this._line ? this._context.lineTo(x, y) : this._context.moveTo(x, y);
					break;
				case 1:
					this._point = 2;
					break;
				case 2:
					this._point = 3;
					point(this, slope2(this, t1 = slope3(this, x, y)), t1);
					break;
				default: point(this, this._t0, t1 = slope3(this, x, y));
			}
			this._x0 = this._x1, this._x1 = x;
			this._y0 = this._y1, this._y1 = y;
			this._t0 = t1;
		}
	};
	function MonotoneY(context) {
		this._context = new ReflectContext(context);
	}
	(MonotoneY.prototype = Object.create(MonotoneX.prototype)).point = function(x, y) {
		MonotoneX.prototype.point.call(this, y, x);
	};
	function ReflectContext(context) {
		this._context = context;
	}
	ReflectContext.prototype = {
		moveTo: function(x, y) {
			this._context.moveTo(y, x);
		},
		closePath: function() {
			this._context.closePath();
		},
		lineTo: function(x, y) {
			this._context.lineTo(y, x);
		},
		bezierCurveTo: function(x1, y1, x2, y2, x, y) {
			this._context.bezierCurveTo(y1, x1, y2, x2, y, x);
		}
	};
	function Natural(context) {
		this._context = context;
	}
	Natural.prototype = {
		areaStart: function() {
			this._line = 0;
		},
		areaEnd: function() {
			this._line = NaN;
		},
		lineStart: function() {
			this._x = [];
			this._y = [];
		},
		lineEnd: function() {
			var x = this._x, y = this._y, n = x.length;
			if (n) {
				this._line ? this._context.lineTo(x[0], y[0]) : this._context.moveTo(x[0], y[0]);
				if (n === 2) this._context.lineTo(x[1], y[1]);
				else {
					var px = controlPoints(x), py = controlPoints(y);
					for (var i0 = 0, i1 = 1; i1 < n; ++i0, ++i1) this._context.bezierCurveTo(px[0][i0], py[0][i0], px[1][i0], py[1][i0], x[i1], y[i1]);
				}
			}
			if (this._line || this._line !== 0 && n === 1) this._context.closePath();
			this._line = 1 - this._line;
			this._x = this._y = null;
		},
		point: function(x, y) {
			this._x.push(+x);
			this._y.push(+y);
		}
	};
	function controlPoints(x) {
		var i, n = x.length - 1, m, a = new Array(n), b = new Array(n), r = new Array(n);
		a[0] = 0, b[0] = 2, r[0] = x[0] + 2 * x[1];
		for (i = 1; i < n - 1; ++i) a[i] = 1, b[i] = 4, r[i] = 4 * x[i] + 2 * x[i + 1];
		a[n - 1] = 2, b[n - 1] = 7, r[n - 1] = 8 * x[n - 1] + x[n];
		for (i = 1; i < n; ++i) m = a[i] / b[i - 1], b[i] -= m, r[i] -= m * r[i - 1];
		a[n - 1] = r[n - 1] / b[n - 1];
		for (i = n - 2; i >= 0; --i) a[i] = (r[i] - a[i + 1]) / b[i];
		b[n - 1] = (x[n] + a[n - 1]) / 2;
		for (i = 0; i < n - 1; ++i) b[i] = 2 * x[i + 1] - a[i + 1];
		return [a, b];
	}
	function Step(context, t) {
		this._context = context;
		this._t = t;
	}
	Step.prototype = {
		areaStart: function() {
			this._line = 0;
		},
		areaEnd: function() {
			this._line = NaN;
		},
		lineStart: function() {
			this._x = this._y = NaN;
			this._point = 0;
		},
		lineEnd: function() {
			if (0 < this._t && this._t < 1 && this._point === 2) this._context.lineTo(this._x, this._y);
			if (this._line || this._line !== 0 && this._point === 1) this._context.closePath();
			if (this._line >= 0) this._t = 1 - this._t, this._line = 1 - this._line;
		},
		point: function(x, y) {
			x = +x, y = +y;
			switch (this._point) {
				case 0:
					this._point = 1;
					this._line ? this._context.lineTo(x, y) : this._context.moveTo(x, y);
					break;
				case 1: this._point = 2;
				default: if (this._t <= 0) {
					this._context.lineTo(this._x, y);
					this._context.lineTo(x, y);
				} else {
					var x1 = this._x * (1 - this._t) + x * this._t;
					this._context.lineTo(x1, this._y);
					this._context.lineTo(x1, y);
				}
			}
			this._x = x, this._y = y;
		}
	};
	// src/charts/trend.tsx
	var WIDTHS = {
		phone: 340,
		small: 560,
		large: 1e3
	};
	var MARGIN = {
		top: 10,
		right: 12,
		bottom: 18,
		left: 52
	};
	function Trend({ points, metric, better, large = false }) {
		const phone = (0, _chakra_ui_react.useBreakpointValue)({
			base: true,
			md: false
		}) ?? false;
		const measured = points.filter((one) => one.figure !== null);
		if (measured.length === 0) return null;
		const [width, height] = phone ? [WIDTHS.phone, 140] : large ? [WIDTHS.large, 240] : [WIDTHS.small, 96];
		const x = point$4().domain(measured.map((_, at) => at)).range([MARGIN.left, width - MARGIN.right]).padding(.5);
		const y = linear().domain([Math.min(...measured.map((one) => one.figure.low)), Math.max(...measured.map((one) => one.figure.high))]).nice(3).range([height - MARGIN.bottom, MARGIN.top]);
		const path = line((_, at) => x(at) ?? 0, (one) => y(one.figure.value));
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Box, {
			color: "fg.muted",
			maxW: "4xl",
			role: "img",
			"aria-label": told$1(measured, metric, better),
			children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)("svg", {
				viewBox: `0 0 ${width} ${height}`,
				width: "100%",
				"aria-hidden": true,
				children: [
					y.ticks(3).map((tick) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)("g", { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)("line", {
						x1: MARGIN.left,
						x2: width - MARGIN.right,
						y1: y(tick),
						y2: y(tick),
						stroke: "currentColor",
						opacity: .2
					}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)("text", {
						x: MARGIN.left - 6,
						y: y(tick) + 4,
						textAnchor: "end",
						fontSize: 11,
						fill: "currentColor",
						children: figure(tick)
					})] }, tick)),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)("path", {
						d: path(measured) ?? "",
						fill: "none",
						stroke: "currentColor",
						opacity: .5
					}),
					measured.map((one, at) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Dot, {
						one,
						x: x(at) ?? 0,
						y
					}, `${one.version}-${at}`)),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)("text", {
						x: MARGIN.left,
						y: height - 3,
						fontSize: 11,
						fill: "currentColor",
						children: measured[0]?.night
					}),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)("text", {
						x: width - MARGIN.right,
						y: height - 3,
						textAnchor: "end",
						fontSize: 11,
						fill: "currentColor",
						children: `${phone ? "" : `${metric}, ${better ? "higher" : "lower"} is better · `}${measured.at(-1)?.night ?? ""}`
					})
				]
			})
		});
	}
	function Dot({ one, x, y }) {
		const colour = one.fate === "champion" ? "var(--chakra-colors-green-solid)" : "currentColor";
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)("g", { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)("title", { children: `version ${one.version}: ${figure(one.figure.value)} (${figure(one.figure.low)} to ${figure(one.figure.high)})` }),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)("line", {
				x1: x,
				x2: x,
				y1: y(one.figure.low),
				y2: y(one.figure.high),
				stroke: colour
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)("circle", {
				cx: x,
				cy: y(one.figure.value),
				r: 4,
				stroke: colour,
				fill: one.fate === "champion" ? colour : "var(--chakra-colors-bg)"
			})
		] });
	}
	/** The same in words, for whoever does not see it. */
	function told$1(measured, metric, better) {
		const each = measured.map((one) => `version ${one.version} ${figure(one.figure.value)}${one.fate === "champion" ? " (champion)" : ""}`);
		return `${metric}, ${better ? "higher" : "lower"} is better: ${each.join(", ")}`;
	}
	// src/page/beside.tsx
	function SideBySide({ model, two }) {
		const [left, right] = two;
		const asked = new URLSearchParams({
			left: `${left.sequence}`,
			right: `${right.sequence}`
		});
		const { data, error, reload } = useAnswer([
			"api",
			"v1",
			"models",
			model,
			"compared"
		], () => 0, "", asked.toString());
		const [all, setAll] = (0, react.useState)(false);
		if (!data) return error ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Problem, {
			error,
			reload
		}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Loading, {});
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			mt: 4,
			gap: 3,
			children: [/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
				gap: 4,
				align: "center",
				wrap: "wrap",
				children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					color: "fg.muted",
					children: "Each was measured on the holdout of its own night; intervals that overlap say nothing."
				}), /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Checkbox.Root, {
					size: "sm",
					checked: all,
					onCheckedChange: () => setAll(!all),
					children: [
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Checkbox.HiddenInput, {}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Checkbox.Control, {}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Checkbox.Label, { children: "Show what is the same, too" })
					]
				})]
			}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Wide, {
				label: "Two versions side by side",
				children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Root, {
					size: "sm",
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Header, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "What" }), two.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.ColumnHeader, { children: ["version ", one.version] }, one.sequence))] }) }), data.parts.map((part) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Part, {
						part,
						all: all || part.title.startsWith("Metrics")
					}, part.title))]
				})
			})]
		});
	}
	function Part({ part, all }) {
		const shown = part.rows.filter((one) => all || one.differs);
		const same = part.rows.length - shown.length;
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Body, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Row, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.ColumnHeader, {
			scope: "rowgroup",
			colSpan: 3,
			children: [part.title, same > 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
				ms: 2,
				children: `${same} the same`
			})]
		}) }), shown.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
			ps: 6,
			children: one.name
		}), [one.left, one.right].map((value, at) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
			title: one.whole?.[at],
			overflowWrap: "anywhere",
			children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Box, {
				as: "span",
				fontWeight: one.differs ? "semibold" : void 0,
				children: value ?? "–"
			})
		}, at))] }, one.name))] });
	}
	// src/page/names.ts
	/** What waits for people, the most pressing first. */
	var PRESSING = [
		"ledger",
		"break-glass",
		"approval",
		"rescore",
		"drift",
		"review"
	];
	var OPEN = {
		ledger: "ledger broken",
		"break-glass": "to be confirmed",
		approval: "waits for approval",
		rescore: "nights to score again",
		drift: "drift alarm",
		review: "rows put to people"
	};
	var HOW = {
		promoted: "It passed the gate",
		canary: "It passed the gate and its canary",
		"break-glass": "Past the gate, by break-glass",
		"rolled back": "A later version was rolled back"
	};
	var FATES = {
		champion: {
			text: "became champion",
			palette: "green"
		},
		"on trial": {
			text: "on trial",
			palette: "blue"
		},
		waiting: {
			text: "waits for people",
			palette: "purple"
		},
		declined: {
			text: "declined",
			palette: "orange"
		},
		superseded: {
			text: "superseded",
			palette: "gray"
		},
		stale: {
			text: "out of date",
			palette: "gray"
		},
		rejected: {
			text: "rejected by the gate",
			palette: "red"
		}
	};
	// src/page/places.ts
	var ROOT = "/plugin/airlock";
	/** The same while the server is still at work. */
	var SOON_MS = 1500;
	var modelPage = (model) => `${ROOT}/${encodeURIComponent(model)}`;
	var versionPage = (model, version) => `${modelPage(model)}/versions/${version}`;
	var runPage = (dagId, runId) => `/dags/${encodeURIComponent(dagId)}/runs/${encodeURIComponent(runId)}/plugin/airlock-dag-run`;
	var answerPage = (dagId, runId, taskId) => `/dags/${encodeURIComponent(dagId)}/runs/${encodeURIComponent(runId)}/tasks/${taskId}/required_actions`;
	// src/page/candidates.tsx
	function Candidates({ model }) {
		const [chosen, setChosen] = (0, react.useState)([]);
		const newest = [...model.candidates].reverse();
		const choose = (sequence) => setChosen((old) => old.includes(sequence) ? old.filter((one) => one !== sequence) : [...old, sequence].slice(-2));
		const two = model.candidates.filter((one) => chosen.includes(one.sequence));
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Wide, {
			label: "Candidates, a wide table",
			children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Root, {
				size: "sm",
				children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Header, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "Compare" }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "Version" }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "Night" }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "Judged" }),
					model.key_metric && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: model.key_metric }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "What became of it" })
				] }) }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Body, { children: newest.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Row$2, {
					model: model.model,
					one,
					metric: model.key_metric,
					chosen: chosen.includes(one.sequence),
					choose
				}, one.sequence)) })]
			})
		}), two[0] && two[1] && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(SideBySide, {
			model: model.model,
			two: [two[0], two[1]]
		}, chosen.join("-"))] });
	}
	function Row$2({ model, one, metric, chosen, choose }) {
		const found = metric === null ? void 0 : one.figures[metric];
		const { text, palette } = FATES[one.fate];
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Checkbox.Root, {
				size: "sm",
				checked: chosen,
				onCheckedChange: () => choose(one.sequence),
				children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Checkbox.HiddenInput, { "aria-label": `Compare version ${one.version}, entry ${one.sequence}` }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Checkbox.Control, {})]
			}) }),
			/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Cell, { children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Page, {
					to: versionPage(model, one.version),
					children: ["version ", one.version]
				}),
				" ",
				"(",
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
					to: runPage(one.dag_id, one.run_id),
					children: "run"
				}),
				")"
			] }),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
				whiteSpace: "nowrap",
				children: one.night ?? "–"
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
				whiteSpace: "nowrap",
				children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: one.at })
			}),
			metric && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
				whiteSpace: "nowrap",
				children: found ? `${figure(found.value)} (${figure(found.low)} to ${figure(found.high)})` : "not measured"
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Cell, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
				colorPalette: palette,
				children: text
			}), one.because && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
				fontSize: "sm",
				color: "fg.muted",
				children: one.because
			})] })
		] });
	}
	// src/page/needs.tsx
	var DOES = {
		"break-glass": "Confirm",
		rescore: "Score again"
	};
	function Needs({ needs, may, changed, named = false }) {
		if (needs.length === 0) return null;
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
			as: "section",
			"aria-labelledby": "airlock-needs",
			children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Heading, {
				as: "h2",
				size: "md",
				id: "airlock-needs",
				mb: 2,
				children: "What needs a person"
			}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Stack, {
				as: "ul",
				listStyleType: "none",
				gap: 2,
				children: needs.map((need) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Box, {
					as: "li",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(One, {
						need,
						may,
						changed,
						named
					})
				}, `${need.model}-${need.kind}-${need.run_id}-${need.sentence}`))
			})]
		});
	}
	function One({ need, may, changed, named }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Message, {
			status: need.kind === "ledger" ? "error" : "warning",
			title: named ? need.model : need.sentence,
			children: [
				named && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Said$1, { children: need.sentence }) }),
				need.until && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [
					"Until ",
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: need.until }),
					"."
				] }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 4,
					wrap: "wrap",
					align: "center",
					children: [
						need.task_id && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
							to: answerPage(need.dag_id, need.run_id, need.task_id),
							children: "What is asked"
						}),
						need.run_id && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
							to: runPage(need.dag_id, need.run_id),
							children: "Open the run"
						}),
						named && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
							to: modelPage(need.model),
							children: "Open the model"
						})
					]
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Doing, {
					need,
					may,
					changed
				})
			]
		});
	}
	/** The form that meets a need, filled in but for the reason; nothing where another page does, or for whoever may not. */
	function Doing({ need, may, changed }) {
		if (need.kind === "approval") return may.answer.includes(need.dag_id) ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Answering, {
			need,
			changed
		}) : null;
		const does = DOES[need.kind];
		return does && may.start.includes(need.dag_id) ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Act, {
			dagId: need.dag_id,
			conf: need.form,
			does,
			changed
		}) : null;
	}
	/** Yes or no to a candidate. Airflow takes one answer, of those whom it asks. */
	function Answering({ need, changed }) {
		const [open, setOpen] = (0, react.useState)(false);
		const [reason, setReason] = (0, react.useState)("");
		const [said, setSaid] = (0, react.useState)();
		const [error, setError] = (0, react.useState)();
		if (said !== void 0) return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
			mt: 2,
			children: `You said: ${said}. The run goes on.`
		});
		if (!open) return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
			size: "xs",
			variant: "outline",
			mt: 2,
			onClick: () => setOpen(true),
			children: "Answer…"
		});
		const answer = (chosen) => {
			setError(void 0);
			respond(need.dag_id, need.run_id, need.task_id, chosen, reason.trim()).then(() => {
				setSaid(chosen.toLowerCase());
				changed();
			}, (refused) => setError(refused));
		};
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 2,
			mt: 2,
			maxW: "lg",
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Field.Root, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Field.Label, { children: "Why? The ledger keeps your name and your reason." }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Input, {
					size: "sm",
					value: reason,
					maxLength: 500,
					onChange: (event) => setReason(event.currentTarget.value)
				})] }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Refused, { error }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 2,
					children: [
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
							size: "xs",
							colorPalette: "green",
							onClick: () => answer("Approve"),
							children: "Approve"
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
							size: "xs",
							colorPalette: "red",
							variant: "outline",
							onClick: () => answer("Reject"),
							children: "Reject"
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
							size: "xs",
							variant: "ghost",
							onClick: () => setOpen(false),
							children: "Leave it"
						})
					]
				})
			]
		});
	}
	function Refused({ error }) {
		return error ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
			color: "fg.error",
			role: "alert",
			children: `${error.what} ${error.do}`
		}) : null;
	}
	/** Why somebody rolled back: what follows from it begins with the same reason, and is one click. */
	var given = {};
	var ENDS = /* @__PURE__ */ new Set(["success", "failed"]);
	var LOOK_AGAIN_MS = 1500;
	/** Trigger one of the DAGs that people start, with a reason. The rights are Airflow's. */
	function Act({ dagId, conf, does, changed, follows }) {
		const [open, setOpen] = (0, react.useState)(dagId === "model_rescore" && given.reason !== void 0);
		const [reason, setReason] = (0, react.useState)(dagId === "model_rescore" ? given.reason ?? "" : "");
		const [begun, setBegun] = (0, react.useState)();
		const [error, setError] = (0, react.useState)();
		const state = useRunState(dagId, begun, changed);
		if (begun !== void 0) return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
			mt: 2,
			role: "status",
			children: [state === "success" ? "Done. " : state === "failed" ? "It failed. " : "Started; this page follows. ", /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
				to: runPage(dagId, begun),
				children: "Open the run"
			})]
		});
		if (!open) return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Button, {
			size: "xs",
			variant: "outline",
			mt: 2,
			onClick: () => setOpen(true),
			children: [does, "…"]
		});
		const start = () => {
			setError(void 0);
			trigger(dagId, {
				...conf,
				reason: reason.trim()
			}).then((run) => {
				given.reason = dagId === "model_rollback" ? reason.trim() : void 0;
				setBegun(run);
			}, (refused) => setError(refused));
		};
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 2,
			mt: 2,
			maxW: "lg",
			children: [
				follows && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, { children: follows }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Field.Root, {
					required: true,
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Field.Label, { children: "Why? The ledger keeps your name and your reason." }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Input, {
						size: "sm",
						value: reason,
						maxLength: 500,
						onChange: (event) => setReason(event.currentTarget.value)
					})]
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Refused, { error }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 2,
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
						size: "xs",
						colorPalette: "blue",
						disabled: reason.trim() === "",
						onClick: start,
						children: does
					}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
						size: "xs",
						variant: "ghost",
						onClick: () => setOpen(false),
						children: "Leave it"
					})]
				})
			]
		});
	}
	/** Where the run that was started stands; the page is asked anew when it ends. */
	function useRunState(dagId, runId, changed) {
		const [state, setState] = (0, react.useState)();
		const tell = (0, react.useRef)(changed);
		tell.current = changed;
		(0, react.useEffect)(() => {
			if (runId === void 0) return void 0;
			let timer;
			let current = true;
			const look = () => {
				stateOf(dagId, runId).then((found) => {
					if (!current) return;
					setState(found);
					if (ENDS.has(found)) tell.current();
					else timer = setTimeout(look, LOOK_AGAIN_MS);
				}, () => void 0);
			};
			look();
			return () => {
				current = false;
				clearTimeout(timer);
			};
		}, [dagId, runId]);
		return state;
	}
	// src/page/champions.tsx
	var PALETTE = {
		promoted: "green",
		canary: "green",
		"break-glass": "red",
		"rolled back": "orange"
	};
	var BADGE = {
		promoted: "promoted",
		canary: "after a canary",
		"break-glass": "break-glass",
		"rolled back": "back by a rollback"
	};
	function Champions({ model, changed }) {
		const reigns = [...model.champions].reverse();
		if (reigns.length === 0) return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
			color: "fg.muted",
			children: "None yet."
		});
		const present = reigns[0];
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Stack, {
			as: "ol",
			listStyleType: "none",
			gap: 0,
			children: reigns.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
				as: "li",
				borderLeftWidth: 2,
				ps: 4,
				pb: 4,
				borderColor: "border.emphasized",
				children: [
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
						gap: 2,
						align: "center",
						wrap: "wrap",
						children: [
							/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
								fontWeight: "semibold",
								children: ["Version ", one.version]
							}),
							/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
								colorPalette: PALETTE[one.how],
								children: BADGE[one.how]
							}),
							one.how === "break-glass" && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
								colorPalette: one.confirmed ? "green" : "red",
								children: one.confirmed ? "confirmed" : "not confirmed"
							})
						]
					}),
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: one.since }),
						" to ",
						one.until ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: one.until }) : "now"
					] }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
						color: "fg.muted",
						children: [
							HOW[one.how],
							one.by.length > 0 && `, by ${one.by.join(" and ")}`,
							". ",
							one.why
						]
					}),
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
						color: "fg.muted",
						fontSize: "sm",
						children: [
							"Ledger entry ",
							one.sequence,
							one.night && `, data of ${one.night}`,
							one.policy && `, policy ${one.policy}`
						]
					}),
					model.may.start.includes("model_rollback") && goesBack(one, present, reigns) && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Act, {
						dagId: "model_rollback",
						conf: {
							model: model.model,
							to_version: one.version
						},
						does: `Roll back to version ${one.version}`,
						changed,
						follows: following(model, present)
					})
				]
			}, one.sequence))
		});
	}
	/** What a rollback leaves to be done: the form says it before. */
	function following(model, present) {
		const nights = model.nights.filter((one) => present !== void 0 && one.versions.includes(present.version));
		return nights.length === 0 || present === void 0 ? "No night is served by the present champion: nothing is to be scored again." : `${nights.length === 1 ? "1 night is" : `${nights.length} nights are`} served by version ${present.version}; they can be scored again next.`;
	}
	/** Whether a rollback to a reign makes sense: another version, at its latest reign. */
	function goesBack(one, present, reigns) {
		const latest = reigns.find((other) => other.version === one.version);
		return one.version !== present?.version && latest === one;
	}
	// src/page/ledger.tsx
	var KINDS = "run decided approved promoted rolled_back canary confirmed cleared key incident recorded scored rescored drifted labelled measured".split(" ");
	var PAGE$1 = 50;
	function LedgerTable({ model }) {
		const [open, setOpen] = (0, react.useState)(false);
		if (!open) return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
			gap: 5,
			wrap: "wrap",
			align: "center",
			children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
				size: "sm",
				variant: "outline",
				onClick: () => setOpen(true),
				children: "Show the entries"
			}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Link, {
				href: address([
					"api",
					"v1",
					"models",
					model,
					"ledger.json"
				]).href,
				download: true,
				colorPalette: "blue",
				variant: "underline",
				children: "Download the ledger"
			})]
		});
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Shown, { model });
	}
	function Shown({ model }) {
		const [kind, setKind] = (0, react.useState)("");
		const [by, setBy] = (0, react.useState)("");
		const [version, setVersion] = (0, react.useState)("");
		const [cursor, setCursor] = (0, react.useState)(0);
		const asked = new URLSearchParams({
			limit: `${PAGE$1}`,
			cursor: `${cursor}`
		});
		if (kind) asked.set("kind", kind);
		if (by.trim()) asked.set("by", by.trim());
		if (/^[1-9]\d*$/.test(version)) asked.set("version", version);
		const { data, error, reload } = useAnswer([
			"api",
			"v1",
			"models",
			model,
			"decisions"
		], () => LOOK_MS, "", asked.toString());
		const chosen = (set) => (value) => {
			set(value);
			setCursor(0);
		};
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
				gap: 3,
				wrap: "wrap",
				mb: 3,
				children: [
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Field.Root, {
						w: "48",
						children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Field.Label, { children: "Kind" }), /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.NativeSelect.Root, {
							size: "sm",
							children: [/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.NativeSelect.Field, {
								value: kind,
								onChange: (event) => chosen(setKind)(event.currentTarget.value),
								children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)("option", {
									value: "",
									children: "all"
								}), KINDS.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)("option", {
									value: one,
									children: one.replace("_", " ")
								}, one))]
							}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.NativeSelect.Indicator, {})]
						})]
					}),
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Field.Root, {
						w: "48",
						children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Field.Label, { children: "Person" }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Input, {
							size: "sm",
							value: by,
							onChange: (event) => chosen(setBy)(event.currentTarget.value)
						})]
					}),
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Field.Root, {
						w: "24",
						children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Field.Label, { children: "Version" }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Input, {
							size: "sm",
							inputMode: "numeric",
							value: version,
							onChange: (event) => chosen(setVersion)(event.currentTarget.value)
						})]
					})
				]
			}),
			error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Problem, {
				error,
				reload
			}),
			!data && !error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Loading, {}),
			data && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Wide, {
					label: "Entries of the ledger, a wide table",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Root, {
						size: "sm",
						children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Header, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Row, { children: [
							"#",
							"When",
							"Kind",
							"Who",
							"Versions",
							"Says"
						].map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: one }, one)) }) }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Body, { children: data.items.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Row$1, {
							model,
							one
						}, one.sequence)) })]
					})
				}),
				data.items.length === 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					color: "fg.muted",
					children: "No entry is like that."
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 3,
					mt: 3,
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
						size: "xs",
						variant: "outline",
						disabled: cursor === 0,
						onClick: () => setCursor(Math.max(0, cursor - PAGE$1)),
						children: "Earlier"
					}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
						size: "xs",
						variant: "outline",
						disabled: data.next === null,
						onClick: () => setCursor(data.next ?? cursor),
						children: "Later"
					})]
				})
			] })
		] });
	}
	function Row$1({ model, one }) {
		const says = [
			one.body.reason,
			one.body.outcome,
			one.body.night,
			one.body.what
		].filter((part) => typeof part === "string");
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: one.sequence }),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
				whiteSpace: "nowrap",
				children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: one.at })
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, { children: one.kind.replace("_", " ") }) }),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: one.by ?? "–" }),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
				whiteSpace: "nowrap",
				children: one.versions.map((version) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
					to: versionPage(model, version),
					me: 2,
					children: version
				}, version))
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: says.join(" · ") })
		] });
	}
	// src/page/review.tsx
	var PAGE = 20;
	function Review({ model, live }) {
		const queue = live.queue;
		const nights = (queue?.nights ?? []).filter((one) => one.open > 0).map((one) => one.night);
		const [night, setNight] = (0, react.useState)();
		if (queue === null || queue.nights.length === 0) return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
			color: "fg.muted",
			children: "No row was put to people."
		});
		const sum = (of) => queue.nights.reduce((all, one) => all + one[of], 0);
		const answered = sum("answered");
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 3,
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [
					count(sum("asked")),
					" rows were put to people, ",
					count(sum("open")),
					" are open",
					nights[0] && `, the oldest of ${nights[0]}`,
					". People answered ",
					count(answered),
					answered > 0 && `, and said something else than the model of ${count(sum("overridden"))}`,
					"."
				] }),
				nights.length > 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 3,
					align: "end",
					wrap: "wrap",
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Field.Root, {
						w: "48",
						children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Field.Label, { children: "Night" }), /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.NativeSelect.Root, {
							size: "sm",
							children: [/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.NativeSelect.Field, {
								value: night ?? "",
								onChange: (event) => setNight(event.currentTarget.value || void 0),
								children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)("option", {
									value: "",
									children: "choose one"
								}), nights.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)("option", {
									value: one,
									children: one
								}, one))]
							}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.NativeSelect.Indicator, {})]
						})]
					}), night === void 0 && nights[0] && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
						size: "sm",
						variant: "outline",
						onClick: () => setNight(nights[0]),
						children: "Answer the oldest"
					})]
				}),
				night && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(WorkList, {
					model,
					night
				}, night)
			]
		});
	}
	function WorkList({ model, night }) {
		const [after, setAfter] = (0, react.useState)("");
		const [given, setGiven] = (0, react.useState)(0);
		const asked = new URLSearchParams({
			limit: `${PAGE}`,
			after
		});
		const { data, error, reload } = useAnswer([
			"api",
			"v1",
			"models",
			model,
			"queue",
			night
		], () => 0, "", asked.toString());
		if (!data) return error ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Message, {
			status: "info",
			title: error.what,
			children: error.do
		}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Loading, {});
		const columns = [...new Set(data.items.flatMap((one) => Object.keys(one.shown)))];
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 3,
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [count(Math.max(0, data.open - given)), " rows of this night wait."] }),
				data.items.length > 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Wide, {
					label: "Rows to be answered",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Root, {
						size: "sm",
						children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Header, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [
							/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "Your answer" }),
							/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "The model said" }),
							/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "Why it asks" }),
							columns.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: one }, one)),
							/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: "Key" })
						] }) }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Body, { children: data.items.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Question, {
							model,
							open: data,
							row: one,
							columns,
							answered: () => setGiven((old) => old + 1)
						}, one.row_key)) })]
					})
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 3,
					wrap: "wrap",
					align: "center",
					children: [
						data.next !== null && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
							size: "xs",
							variant: "outline",
							onClick: () => setAfter(data.next ?? ""),
							children: "More rows"
						}),
						(after !== "" || given > 0) && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
							size: "xs",
							variant: "ghost",
							onClick: () => {
								setAfter("");
								setGiven(0);
								reload();
							},
							children: "From the beginning"
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(HandIn, {
							dagId: data.dag_id,
							night
						})
					]
				})
			]
		});
	}
	function Question({ model, open, row, columns, answered }) {
		const [typed, setTyped] = (0, react.useState)("");
		const [said, setSaid] = (0, react.useState)();
		const [error, setError] = (0, react.useState)();
		const answer = (text) => {
			setError(void 0);
			send([
				"api",
				"v1",
				"models",
				model,
				"queue",
				open.night,
				"answers"
			], {
				row_key: row.row_key,
				answer: text
			}).then(() => {
				setSaid(text);
				answered();
			}, (refused) => setError(refused));
		};
		const short = row.row_key.slice(0, 8);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Cell, {
				minW: "40",
				children: [said !== void 0 ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
					colorPalette: "green",
					children: `answered: ${said}`
				}) : open.classes.length > 0 ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Flex, {
					gap: 1,
					wrap: "wrap",
					role: "group",
					"aria-label": `Answer about ${short}`,
					children: open.classes.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Button, {
						size: "xs",
						variant: "outline",
						onClick: () => answer(one),
						children: [one, /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.VisuallyHidden, { children: ` is the answer about ${short}` })]
					}, one))
				}) : /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 1,
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Input, {
						size: "xs",
						w: "24",
						inputMode: "decimal",
						"aria-label": `Answer about ${short}`,
						value: typed,
						onChange: (event) => setTyped(event.currentTarget.value)
					}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
						size: "xs",
						variant: "outline",
						disabled: typed.trim() === "",
						onClick: () => answer(typed.trim()),
						children: "Save"
					})]
				}), error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					color: "fg.error",
					fontSize: "sm",
					role: "alert",
					children: `${error.what} ${error.do}`
				})]
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: told(row.prediction) }),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: row.why }),
			columns.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: told(row.shown[one] ?? null) }, one)),
			/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Cell, {
				fontFamily: "mono",
				title: row.row_key,
				children: [short, "…"]
			})
		] });
	}
	function told(value) {
		return value === null ? "–" : typeof value === "number" ? figure(value) : `${value}`;
	}
	/** Start the DAG that makes labels of answers. It reads all of the night's; doing it again does no harm. */
	function HandIn({ dagId, night }) {
		const [begun, setBegun] = (0, react.useState)();
		const [error, setError] = (0, react.useState)();
		const start = () => {
			setError(void 0);
			trigger(dagId, { night }).then(setBegun, setError);
		};
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Button, {
				size: "xs",
				colorPalette: "blue",
				onClick: start,
				children: "Hand in the answers of this night"
			}),
			begun && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, { children: ["Started. ", /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
				to: runPage(dagId, begun),
				children: "Open the run"
			})] }),
			error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
				color: "fg.error",
				children: `${error.what} ${error.do}`
			})
		] });
	}
	// src/page/spent.tsx
	function Costs({ model }) {
		const { data, error, reload } = useAnswer([
			"api",
			"v1",
			"models",
			model,
			"months"
		], () => LOOK_MS);
		if (!data) return error ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Problem, {
			error,
			reload
		}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Loading, {});
		if (data.items.length === 0) return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
			color: "fg.muted",
			children: "Nobody measured what its stages took."
		});
		const newest = data.items[0];
		const stages = Object.entries(newest?.stages ?? {}).sort((a, b) => b[1].cpu_seconds - a[1].cpu_seconds);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Wide, {
			label: "Costs by month, and by stage of the newest month",
			children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Root, {
				size: "sm",
				children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Header, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Row, { children: [
					"Month (UTC)",
					"Cost",
					"CPU hours",
					"Device hours",
					"Energy",
					"Attempts",
					"Reused"
				].map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: one }, one)) }) }), /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Body, { children: [data.items.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Took, {
					name: one.month,
					one: one.total
				}, one.month)), stages.map(([stage, one]) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Took, {
					name: `${newest?.month}, ${stage}`,
					one,
					quiet: true
				}, stage))] })]
			})
		});
	}
	function Took({ name, one, quiet = false }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, {
			color: quiet ? "fg.muted" : void 0,
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
					whiteSpace: "nowrap",
					ps: quiet ? 6 : void 0,
					children: name
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: money(one) }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: hours(one.cpu_seconds) }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: hours(one.device_seconds) }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: one.watt_hours === null ? "not measured" : `${count(one.watt_hours)} Wh` }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: count(one.attempts) }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: count(one.reused) })
			]
		});
	}
	// src/charts/lines.tsx
	var WIDE = 300;
	var HIGH = 200;
	var EDGE = {
		left: 44,
		right: 8,
		top: 8,
		bottom: 34
	};
	var TONES$2 = {
		candidate: { stroke: "var(--chakra-colors-blue-fg)" },
		champion: { stroke: "var(--chakra-colors-orange-fg)" }
	};
	var CHANCE = {
		stroke: "var(--chakra-colors-fg-muted)",
		dash: "4 3"
	};
	function Lines({ title, x, y, lines }) {
		const shown = lines.filter((one) => one.points.length > 0);
		const every = shown.flatMap((one) => one.points);
		if (every.length === 0) return null;
		const ends = (at) => {
			const values = every.map((point) => point[at]);
			const [low, high] = [Math.min(...values), Math.max(...values)];
			return high - low > 1e-9 * Math.max(1, Math.abs(high)) ? [low, high] : [low - .5, high + .5];
		};
		const across = linear(ends(0), [EDGE.left, WIDE - EDGE.right]);
		const up = linear(ends(1), [HIGH - EDGE.bottom, EDGE.top]);
		const path = line((point) => across(point[0]), (point) => up(point[1]));
		const words = shown.map((one) => `${one.name} from ${figure(one.points[0]?.[1] ?? 0)} to ${figure(one.points.at(-1)?.[1] ?? 0)}`).join(", ");
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
			as: "figure",
			borderWidth: 1,
			borderRadius: "lg",
			p: 3,
			minW: 0,
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					as: "figcaption",
					fontWeight: "semibold",
					mb: 1,
					children: title
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)("svg", {
					viewBox: `0 0 ${WIDE} ${HIGH}`,
					width: "100%",
					role: "img",
					"aria-label": `${title}; ${y} over ${x}: ${words}`,
					children: [
						/* @__PURE__ */ (0, react_jsx_runtime.jsxs)("g", {
							fontSize: 10,
							fill: "var(--chakra-colors-fg-muted)",
							children: [
								across.ticks(4).map((at) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)("text", {
									x: across(at),
									y: HIGH - EDGE.bottom + 13,
									textAnchor: "middle",
									children: figure(at)
								}, at)),
								up.ticks(4).map((at) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)("text", {
									x: EDGE.left - 5,
									y: up(at) + 3,
									textAnchor: "end",
									children: figure(at)
								}, at)),
								/* @__PURE__ */ (0, react_jsx_runtime.jsx)("text", {
									x: (EDGE.left + WIDE) / 2,
									y: 196,
									textAnchor: "middle",
									children: x
								})
							]
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)("path", {
							d: `M${EDGE.left} ${EDGE.top}V${HIGH - EDGE.bottom}H${WIDE - EDGE.right}`,
							fill: "none",
							stroke: "var(--chakra-colors-border-emphasized)"
						}),
						shown.map((one) => {
							const tone = TONES$2[one.name] ?? CHANCE;
							return /* @__PURE__ */ (0, react_jsx_runtime.jsx)("path", {
								d: path(one.points) ?? "",
								fill: "none",
								strokeWidth: 2,
								stroke: tone.stroke,
								strokeDasharray: tone.dash
							}, one.name);
						})
					]
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
					fontSize: "xs",
					color: "fg.muted",
					children: [
						y,
						". ",
						shown.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
							as: "span",
							me: 3,
							color: (TONES$2[one.name] ?? CHANCE).stroke,
							children: ["— ", one.name]
						}, one.name))
					]
				})
			]
		});
	}
	/** The outline of a histogram whose whole area is one. */
	function outline(bars) {
		const whole = bars.reduce((sum, bar) => sum + bar.rows, 0) || 1;
		return bars.flatMap((bar) => {
			const height = bar.rows / whole / (bar.high - bar.low || 1);
			return [[bar.low, height], [bar.high, height]];
		});
	}
	// src/page/predictions.tsx
	function Predictions({ model, nights }) {
		const [open, setOpen] = (0, react.useState)();
		const newest = [...nights].reverse().slice(0, 30);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Wide, {
			label: "Predictions, a wide table",
			children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Root, {
				size: "sm",
				children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Header, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Row, { children: [
					"Night",
					"Rows",
					"Versions",
					"Drift",
					"Scores"
				].map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: one }, one)) }) }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Body, { children: newest.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, {
						whiteSpace: "nowrap",
						children: one.night
					}),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: count(one.rows) }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: one.versions.map((version) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Page, {
						to: versionPage(model, version),
						me: 2,
						children: ["version ", version]
					}, version)) }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: one.standing ?? "–" }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Button, {
						size: "xs",
						variant: "outline",
						"aria-expanded": open === one.night,
						onClick: () => setOpen(open === one.night ? void 0 : one.night),
						children: [open === one.night ? "Hide" : "Show", /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.VisuallyHidden, { children: ` the scores of ${one.night}` })]
					}) })
				] }, one.night)) })]
			})
		}), open && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Scores, {
			model,
			night: open
		})] });
	}
	function Scores({ model, night }) {
		const { data, error, reload } = useAnswer([
			"api",
			"v1",
			"models",
			model,
			"nights",
			night
		], () => 0);
		if (!data) return error ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Problem, {
			error,
			reload
		}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Loading, {});
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Flex, {
			gap: 4,
			wrap: "wrap",
			mt: 3,
			children: data.items.map(({ scored, histogram }) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
				maxW: "sm",
				flex: 1,
				minW: "64",
				children: [
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
						gap: 2,
						align: "center",
						wrap: "wrap",
						mb: 2,
						children: [/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
							fontWeight: "semibold",
							children: [
								scored.versions.map((one) => `version ${one}`).join(" and "),
								", ",
								count(scored.rows),
								" rows"
							]
						}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
							colorPalette: scored.serves ? "green" : "gray",
							children: scored.serves ? "serves" : scored.role === "shadow" ? "shadow" : "superseded"
						})]
					}),
					scored.again && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
						color: "fg.muted",
						children: scored.again
					}),
					histogram === null && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
						color: "fg.muted",
						children: "Nobody counted its scores."
					}),
					histogram && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Lines, {
						title: `Scores of ${night}`,
						x: histogram.of,
						y: "Density",
						lines: [{
							name: "candidate",
							points: outline(histogram.bars)
						}]
					}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
						mt: 2,
						children: Object.entries(histogram.labels).map(([label, rows]) => `${label}: ${count(rows)} (${share(rows / scored.rows)})`).join(", ")
					})] })
				]
			}, scored.number))
		});
	}
	// src/page/model.tsx
	function ModelPage({ name }) {
		const { data, error, reload } = useAnswer([
			"api",
			"v1",
			"models",
			name
		], () => LOOK_MS);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
				as: "header",
				children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
					to: ROOT,
					children: "All models"
				}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Heading, {
					as: "h1",
					size: "2xl",
					mt: 1,
					overflowWrap: "anywhere",
					children: name
				})]
			}),
			error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Problem, {
				error,
				reload
			}),
			!data && !error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Loading, {}),
			data && (data.broken === null ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Whole$1, {
				model: data,
				reload
			}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Broken, { why: data.broken }))
		] });
	}
	/** Of a model whose ledger does not verify nothing else is shown: none of it is to be believed. */
	function Broken({ why }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Message, {
			status: "error",
			title: "The ledger of this model does not verify.",
			children: why
		});
	}
	function Whole$1({ model, reload }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 8,
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Front, { model }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Needs, {
					needs: model.needs,
					may: model.may,
					changed: reload
				}),
				model.trial && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Message, {
					status: "info",
					title: `Version ${model.trial.version} is on trial`,
					children: [
						"It answers ",
						share(model.trial.share),
						" of the keys: step ",
						model.trial.step,
						" of",
						" ",
						model.trial.steps,
						"."
					]
				}),
				model.key_metric && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(OnHoldout, {
					model,
					first: model.key_metric
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "Champions",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Champions, {
						model,
						changed: reload
					})
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "Candidates",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Candidates, { model })
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "Nights",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Nights, { nights: model.nights })
				}),
				model.nights.length > 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "Predictions, night by night",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Predictions, {
						model: model.model,
						nights: model.nights
					})
				}),
				model.live && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "What the predictions were worth",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Worth, { model })
				}),
				model.live && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "Put to people",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Review, {
						model: model.model,
						live: model.live
					})
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "Costs",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Costs, { model: model.model })
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Section, {
					title: "Ledger",
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
						color: "fg.muted",
						mb: 3,
						children: [
							"All ",
							count(model.entries),
							" entries of the ledger verify."
						]
					}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(LedgerTable, { model: model.model })]
				})
			]
		});
	}
	/** Any metric, candidate by candidate: champions are filled. */
	function OnHoldout({ model, first }) {
		const [metric, setMetric] = (0, react.useState)(first);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Section, {
			title: `${metric} on the holdout, candidate by candidate`,
			children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Choice, {
				label: "Metric on the holdout",
				value: metric,
				among: Object.keys(model.better),
				choose: setMetric
			}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Trend, {
				points: model.candidates.map((one) => ({
					version: one.version,
					night: one.night,
					fate: one.fate,
					figure: one.figures[metric] ?? null
				})),
				metric,
				better: model.better[metric] ?? true,
				large: true
			})]
		});
	}
	function Choice({ label, value, among, choose }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.NativeSelect.Root, {
			size: "sm",
			w: "64",
			mb: 2,
			children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.NativeSelect.Field, {
				"aria-label": label,
				value,
				onChange: (event) => choose(event.currentTarget.value),
				children: among.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)("option", {
					value: one,
					children: one
				}, one))
			}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.NativeSelect.Indicator, {})]
		});
	}
	/** Who is champion, since when, why, how good: the first screen. */
	function Front({ model }) {
		const reign = model.champions.at(-1);
		if (reign === void 0) return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Message, {
			status: "info",
			title: "No champion yet",
			children: "No candidate has passed the gate."
		});
		const measured = model.candidates.findLast((one) => one.version === reign.version);
		const metric = model.key_metric;
		const found = metric === null ? void 0 : measured?.figures[metric];
		const free = metric === null ? [] : Object.entries(measured?.baselines ?? {});
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
			borderWidth: 1,
			borderRadius: "lg",
			p: 5,
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
					fontSize: "xl",
					children: [
						/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Page, {
							to: versionPage(model.model, reign.version),
							fontWeight: "bold",
							children: ["Version ", reign.version]
						}),
						" ",
						"is champion since ",
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: reign.since }),
						"."
					]
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
					mt: 1,
					children: [
						HOW[reign.how],
						reign.by.length > 0 && `, by ${reign.by.join(" and ")}`,
						reign.policy && `, under the policy ${reign.policy}`,
						". ",
						reign.why
					]
				}),
				metric && found && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 6,
					mt: 3,
					wrap: "wrap",
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Figure, {
						label: metric,
						value: figure(found.value),
						note: `${figure(found.low)} to ${figure(found.high)}`
					}), free.map(([name, figures]) => {
						const one = figures[metric];
						return one && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Figure, {
							label: name,
							value: figure(one.value),
							note: `${figure(one.low)} to ${figure(one.high)}`
						}, name);
					})]
				})
			]
		});
	}
	function Figure({ label, value, note }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
				color: "fg.muted",
				fontSize: "sm",
				children: label
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
				fontSize: "xl",
				fontWeight: "semibold",
				children: value
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
				color: "fg.muted",
				fontSize: "sm",
				children: note
			})
		] });
	}
	function Nights({ nights }) {
		if (nights.length === 0) return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
			color: "fg.muted",
			children: "No night was scored yet."
		});
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Heat, { nights });
	}
	function Worth({ model }) {
		const metrics = Object.keys(model.better).filter((name) => model.worth.some((one) => one.figures[name]));
		const [chosen, setChosen] = (0, react.useState)();
		const metric = chosen ?? (model.key_metric && metrics.includes(model.key_metric) ? model.key_metric : metrics[0]) ?? null;
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 3,
			children: [
				metric && metrics.length > 1 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Choice, {
					label: "Metric of the predictions",
					value: metric,
					among: metrics,
					choose: setChosen
				}),
				metric && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Trend, {
					points: model.worth.map((one) => ({
						version: one.version,
						night: one.night,
						fate: one.champion ? "champion" : "superseded",
						figure: one.figures[metric] ?? null
					})),
					metric,
					better: model.better[metric] ?? true,
					large: true
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Said, {
					model,
					metric
				})
			]
		});
	}
	/** The last word about each version. */
	function Said({ model, metric }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Stack, {
			as: "ul",
			listStyleType: "none",
			gap: 1,
			children: model.live?.versions.map((one) => {
				const found = metric === null ? void 0 : one.figures[metric];
				return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
					as: "li",
					children: [
						"Version ",
						one.version,
						": ",
						count(one.rows),
						" rows with labels",
						metric && found && `, ${metric} ${figure(found.value)} (${figure(found.low)} to ${figure(found.high)})`,
						"."
					]
				}, one.version);
			})
		});
	}
	// src/page/models.tsx
	function ModelList() {
		const { data, error, reload } = useAnswer([
			"api",
			"v1",
			"models"
		], (found) => found.unread ? SOON_MS : LOOK_MS);
		if (!data) return error ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Problem, {
			error,
			reload
		}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Loading, {});
		const needs = data.models.flatMap((one) => one.needs).sort((a, b) => PRESSING.indexOf(a.kind) - PRESSING.indexOf(b.kind));
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Heading, {
				as: "h1",
				size: "2xl",
				children: "Models"
			}),
			error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Problem, {
				error,
				reload
			}),
			data.unread > 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Message, {
				status: "info",
				title: `${count(data.unread)} more are being verified`,
				children: "This page follows."
			}),
			data.models.length === 0 && data.unread === 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Message, {
				status: "info",
				title: "No model yet",
				children: "Trigger a training DAG. Its candidate comes here once the gate has judged it."
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Needs, {
				needs,
				may: data.may,
				changed: reload,
				named: true
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.SimpleGrid, {
				as: "ul",
				listStyleType: "none",
				columns: {
					base: 1,
					lg: 2
				},
				gap: 4,
				children: data.models.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Card, { model: one }, one.model))
			})
		] });
	}
	function Card({ model }) {
		const metric = model.key_metric;
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
			as: "li",
			borderWidth: 1,
			borderRadius: "lg",
			p: 4,
			minW: 0,
			children: [/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
				align: "baseline",
				justify: "space-between",
				gap: 3,
				wrap: "wrap",
				children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Heading, {
					as: "h2",
					size: "lg",
					overflowWrap: "anywhere",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
						to: modelPage(model.model),
						children: model.model
					})
				}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Champion, {
					reign: model.champion,
					broken: model.broken !== null
				})]
			}), model.broken === null && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
				gap: 2,
				mt: 3,
				children: [
					model.champion && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
						color: "fg.muted",
						children: [
							"Champion since ",
							/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Since, { reign: model.champion }),
							". ",
							said(model.champion)
						]
					}),
					metric && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Trend, {
						points: model.trend,
						metric,
						better: model.higher_is_better
					}),
					model.last && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Last, {
						candidate: model.last,
						metric
					}),
					model.night && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(LastNight, { night: model.night }),
					model.trial && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [
						"Version ",
						model.trial.version,
						" is on trial: step ",
						model.trial.step,
						" of",
						" ",
						model.trial.steps,
						"."
					] }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Open, { needs: model.needs }),
					model.spent && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [
						"This month: ",
						money(model.spent),
						", ",
						hours(model.spent.cpu_seconds),
						" CPU hours",
						model.spent.device_seconds > 0 && `, ${hours(model.spent.device_seconds)} device hours`,
						"."
					] }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
						color: "fg.muted",
						fontSize: "sm",
						children: [
							"All ",
							count(model.entries),
							" entries of its ledger verify."
						]
					})
				]
			})]
		});
	}
	/** What is open, at a glance: the sentences stand on top of the page. */
	function Open({ needs }) {
		const kinds = PRESSING.filter((kind) => needs.some((one) => one.kind === kind));
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Flex, {
			gap: 2,
			wrap: "wrap",
			_empty: { display: "none" },
			children: kinds.map((kind) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
				colorPalette: kind === "review" ? "gray" : "orange",
				children: OPEN[kind]
			}, kind))
		});
	}
	function Champion({ reign, broken }) {
		if (broken) return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
			colorPalette: "red",
			children: "ledger does not verify"
		});
		return reign ? /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Badge, {
			colorPalette: "green",
			size: "lg",
			children: ["version ", reign.version]
		}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, { children: "no champion yet" });
	}
	function Since({ reign }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: reign.since }),
			", ",
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, {
				at: reign.since,
				relative: true
			})
		] });
	}
	function said({ how, by }) {
		return `${HOW[how]}${by.length ? `, by ${by.join(" and ")}` : ""}.`;
	}
	function Last({ candidate, metric }) {
		const { text, palette } = FATES[candidate.fate];
		const found = metric === null ? void 0 : candidate.figures[metric];
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
			gap: 2,
			align: "center",
			wrap: "wrap",
			children: [/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [
				"Last candidate: version ",
				candidate.version,
				candidate.night && `, night of ${candidate.night}`,
				metric && found && `, ${metric} ${figure(found.value)}`
			] }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
				colorPalette: palette,
				children: text
			})]
		}), candidate.because && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
			color: "fg.muted",
			fontSize: "sm",
			lineClamp: 2,
			children: candidate.because
		})] });
	}
	function LastNight({ night }) {
		const versions = night.versions.map((one) => `version ${one}`).join(" and ");
		const drift = night.standing === null ? "" : night.standing === "calm" ? " No drift." : " It has drifted.";
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [
			"Last scored night: ",
			night.night,
			", ",
			count(night.rows),
			" rows by ",
			versions,
			".",
			drift
		] });
	}
	// src/page/threshold.tsx
	/** What lies at or above a threshold. Groups stay whole: no figure is one row's. */
	function outcome({ bands }, threshold) {
		const sum = (some, of) => some.reduce((all, band) => all + of(band), 0);
		const above = bands.filter((band) => band.score >= threshold);
		const hits = (band) => Math.round(band.truth * band.rows);
		return {
			flagged: sum(above, (band) => band.rows),
			found: sum(above, hits),
			rows: sum(bands, (band) => band.rows),
			hits: sum(bands, hits)
		};
	}
	var cost = (one, of) => (one.flagged - one.found) * of.false_positive + (one.hits - one.found) * of.false_negative;
	function Threshold({ curves, costs }) {
		const id = (0, react.useId)();
		const steps = [...new Set(curves.candidate.bands.map((band) => band.score))];
		const [each, setEach] = (0, react.useState)(costs ?? {
			false_positive: 1,
			false_negative: 1
		});
		const cheapest = (of) => steps.reduce((best, one) => cost(outcome(curves.candidate, one), of) < cost(outcome(curves.candidate, best), of) ? one : best, steps[0] ?? .5);
		const [threshold, setThreshold] = (0, react.useState)(() => cheapest(each));
		const positive = curves.classes[1] ?? "positive";
		const models = [["candidate", curves.candidate]];
		if (curves.champion) models.push(["champion", curves.champion]);
		const set = (name) => (text) => {
			const value = Number(text);
			if (Number.isFinite(value) && value >= 0) setEach({
				...each,
				[name]: value
			});
		};
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
			borderWidth: 1,
			borderRadius: "lg",
			p: 4,
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					fontWeight: "semibold",
					mb: 2,
					children: "What a threshold does"
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)("label", {
					htmlFor: id,
					children: [
						"Decided as ",
						positive,
						" from a probability of ",
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)("strong", { children: figure(threshold) }),
						" on"
					]
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)("input", {
					id,
					type: "range",
					min: 0,
					max: 1,
					step: .005,
					value: threshold,
					onChange: (event) => setThreshold(Number(event.currentTarget.value)),
					style: {
						display: "block",
						width: "100%",
						maxWidth: "36rem"
					}
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 4,
					wrap: "wrap",
					align: "end",
					my: 3,
					children: [
						/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Field.Root, {
							w: "44",
							children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Field.Label, { children: "Cost of a false alarm" }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Input, {
								size: "sm",
								type: "number",
								min: 0,
								defaultValue: each.false_positive,
								onChange: (event) => set("false_positive")(event.currentTarget.value)
							})]
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Field.Root, {
							w: "44",
							children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Field.Label, { children: "Cost of a missed one" }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Input, {
								size: "sm",
								type: "number",
								min: 0,
								defaultValue: each.false_negative,
								onChange: (event) => set("false_negative")(event.currentTarget.value)
							})]
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
							color: "fg.muted",
							fontSize: "sm",
							children: [
								costs ? "The costs are those that its threshold was chosen by." : "Nobody said what an error costs: both count 1.",
								" The cheapest threshold would be ",
								figure(cheapest(each)),
								"."
							]
						})
					]
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Wide, {
					label: "What the threshold does, for candidate and champion",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Root, {
						size: "sm",
						children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Header, { children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Row, { children: [
							"Model",
							"Flagged",
							"Of them right",
							"False alarms",
							"Missed",
							"Found",
							"Cost"
						].map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, { children: one }, one)) }) }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Body, { children: models.map(([name, scores]) => {
							const one = outcome(scores, threshold);
							return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Row, { children: [
								/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.ColumnHeader, {
									scope: "row",
									children: name
								}),
								/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Table.Cell, { children: [
									count(one.flagged),
									" of ",
									count(one.rows)
								] }),
								/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: one.flagged ? share(one.found / one.flagged) : "–" }),
								/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: count(one.flagged - one.found) }),
								/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: count(one.hits - one.found) }),
								/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: one.hits ? share(one.found / one.hits) : "–" }),
								/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Table.Cell, { children: figure(cost(one, each)) })
							] }, name);
						}) })]
					})
				})
			]
		});
	}
	// src/page/curves.tsx
	/** Rows and hits above each threshold, from above all scores to below all. */
	function fromAbove({ bands }) {
		let [rows, hits] = [0, 0];
		return [{
			rows: 0,
			hits: 0
		}, ...[...bands].reverse().map((band) => {
			rows += band.rows;
			hits += Math.round(band.truth * band.rows);
			return {
				rows,
				hits
			};
		})];
	}
	function roc(one) {
		const steps = fromAbove(one);
		const all = steps.at(-1) ?? {
			rows: 0,
			hits: 0
		};
		const others = all.rows - all.hits;
		return all.hits && others ? steps.map(({ rows, hits }) => [(rows - hits) / others, hits / all.hits]) : [];
	}
	function precision(one) {
		const steps = fromAbove(one);
		const all = steps.at(-1)?.hits ?? 0;
		return all ? steps.filter(({ rows }) => rows).map(({ rows, hits }) => [hits / all, hits / rows]) : [];
	}
	function gain(one) {
		const steps = fromAbove(one);
		const all = steps.at(-1) ?? {
			rows: 0,
			hits: 0
		};
		return all.hits ? steps.map(({ rows, hits }) => [rows / all.rows, hits / all.hits]) : [];
	}
	var truth = (one) => one.bands.map((band) => [band.score, band.truth]);
	var DIAGONAL = [[0, 0], [1, 1]];
	function HoldoutCurves({ curves, costs }) {
		const both = (drawn) => [{
			name: "candidate",
			points: drawn(curves.candidate)
		}, ...curves.champion ? [{
			name: "champion",
			points: drawn(curves.champion)
		}] : []];
		const chance = {
			name: "by chance",
			points: DIAGONAL
		};
		const binary = curves.task === "binary";
		const number = curves.task === "number";
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.SimpleGrid, {
				columns: {
					base: 1,
					md: 2,
					lg: 3
				},
				gap: 3,
				children: [
					binary && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Lines, {
							title: "ROC",
							x: "others that are flagged",
							y: "Share that is found",
							lines: [...both(roc), chance]
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Lines, {
							title: "Precision and recall",
							x: "share that is found",
							y: "Of those flagged, right",
							lines: both(precision)
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Lines, {
							title: "Gain",
							x: "share of the rows, best first",
							y: "Share that is found",
							lines: [...both(gain), chance]
						})
					] }),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Lines, {
						title: number ? "Truth by prediction" : "Reliability",
						x: "what it said, mean of a group",
						y: number ? "Truth, mean of the group" : "Share that came true",
						lines: number ? both(truth) : [...both(truth), {
							name: "as it said",
							points: DIAGONAL
						}]
					}),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Lines, {
						title: number ? "Truth minus prediction" : "Scores",
						x: number ? "truth minus prediction" : binary ? `probability of ${curves.classes[1]}` : "how sure it is",
						y: "Density",
						lines: both((one) => outline(one.histogram))
					})
				]
			}),
			binary && curves.candidate.bands.length > 1 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Threshold, {
				curves,
				costs
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
				color: "fg.muted",
				fontSize: "sm",
				mt: 2,
				children: "Drawn from groups of at least 20 rows with neighbouring scores: no point is one row's."
			})
		] });
	}
	// src/page/version.tsx
	var TONES$1 = {
		good: "green",
		bad: "red",
		unsure: "orange",
		plain: "gray"
	};
	function VersionPage({ model, version }) {
		const { data, error, reload } = useAnswer([
			"api",
			"v1",
			"models",
			model,
			"versions",
			version
		], () => LOOK_MS);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
				as: "header",
				children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
					to: modelPage(model),
					children: model
				}), /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Heading, {
					as: "h1",
					size: "2xl",
					mt: 1,
					children: ["Version ", version]
				})]
			}),
			error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Problem, {
				error,
				reload
			}),
			!data && !error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Loading, {}),
			data && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Whole, {
				model,
				told: data,
				changed: reload
			})
		] });
	}
	function Whole({ model, told, changed }) {
		const last = told.candidates.at(-1);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 8,
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Standing, { told }),
				told.withdrawn && told.may.start.includes("model_clear") && /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, { children: "The gate refuses it until a named person clears it: nothing is promoted by that." }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Act, {
					dagId: "model_clear",
					conf: {
						model,
						version: told.version
					},
					does: "Clear it",
					changed
				})] }),
				last && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "What became of it",
					children: told.candidates.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
						mb: 2,
						children: [/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
							gap: 2,
							align: "center",
							wrap: "wrap",
							children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
								colorPalette: FATES[one.fate].palette,
								children: FATES[one.fate].text
							}), /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [
								"Judged ",
								/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: one.at }),
								one.night && `, data of ${one.night}`,
								", policy ",
								one.policy,
								".",
								" ",
								/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
									to: runPage(one.dag_id, one.run_id),
									children: "Open the run"
								})
							] })]
						}), one.because && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
							color: "fg.muted",
							children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Said$1, { children: one.because })
						})]
					}, one.sequence))
				}),
				told.chapters.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: one.stage,
					children: one.missing === null ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Told, {
						model,
						chapter: one,
						costs: told.costs
					}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Message, {
						status: "warning",
						title: "It cannot be shown.",
						children: one.missing
					})
				}, one.stage)),
				told.answers.length > 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "approval",
					children: told.answers.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [
						one.by ?? "Nobody in time",
						" said ",
						one.approved ? "yes" : "no",
						", ",
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: one.at }),
						": ",
						one.reason ?? "no reason given"
					] }, one.entry))
				}),
				told.champions.length > 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "champion",
					children: told.champions.map((one) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, { children: [
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: one.since }),
						" to ",
						one.until ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: one.until }) : "now",
						": ",
						HOW[one.how],
						one.by.length > 0 && `, by ${one.by.join(" and ")}`,
						". ",
						one.why
					] }, one.sequence))
				}),
				Object.keys(told.cost).length > 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "what it cost",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, { children: Object.entries(told.cost).map(([name, value]) => `${name}: ${value}`).join(" · ") })
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "downloads",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
						gap: 5,
						wrap: "wrap",
						children: [
							/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Out, {
								href: address([
									"api",
									"v1",
									"models",
									model,
									"ledger.json"
								]).href,
								children: "The ledger"
							}),
							told.chapters.some((one) => one.card) && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, { children: "The model card and every report stand with their stages above." }),
							told.evidence ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Out, {
								href: address([
									"api",
									"v1",
									"models",
									model,
									"versions",
									`${told.version}`,
									"evidence.zip"
								]).href,
								children: "Evidence pack"
							}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
								color: "fg.muted",
								children: `No evidence pack: \`airlock evidence ${model} ${told.version}\` makes one.`
							})
						]
					})
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Section, {
					title: "nights that it serves",
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, { children: told.nights.length > 0 ? told.nights.join(", ") : "None." })
				})
			]
		});
	}
	function Standing({ told }) {
		const reign = told.champions.at(-1);
		if (reign === void 0) return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Message, {
			status: "neutral",
			title: "It never was champion.",
			children: "What became of it stands below."
		});
		return told.present ? /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Message, {
			status: "success",
			title: "It is champion.",
			children: [
				"Since ",
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: reign.since }),
				"."
			]
		}) : /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Message, {
			status: "warning",
			title: "It is no longer champion.",
			children: [
				"It was until ",
				reign.until && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: reign.until }),
				". ",
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(After, { next: told.followed_by })
			]
		});
	}
	function After({ next }) {
		if (next === null) return null;
		const why = next.how === "rolled back" ? "this one was rolled back" : HOW[next.how].toLowerCase();
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
			"Version ",
			next.version,
			" took its place: ",
			why,
			next.by.length > 0 && `, by ${next.by.join(" and ")}`,
			". ",
			next.why
		] });
	}
	function Told({ model, chapter, costs }) {
		const pages = [
			"api",
			"v1",
			"models",
			model,
			"artefacts",
			chapter.sha256,
			"report"
		];
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 3,
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 3,
					align: "center",
					wrap: "wrap",
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
						fontWeight: "semibold",
						children: chapter.headline
					}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
						colorPalette: TONES$1[chapter.tone],
						children: chapter.verdict
					})]
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Flex, {
					as: "dl",
					gap: 6,
					wrap: "wrap",
					children: chapter.figures.map(({ label, value, note }) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, { children: [
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
							as: "dt",
							color: "fg.muted",
							fontSize: "sm",
							children: label
						}),
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
							as: "dd",
							fontSize: "lg",
							fontWeight: "semibold",
							children: value
						}),
						note && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
							as: "dd",
							color: "fg.muted",
							fontSize: "sm",
							children: note
						})
					] }, label))
				}),
				chapter.curves && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(HoldoutCurves, {
					curves: chapter.curves,
					costs
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					gap: 5,
					wrap: "wrap",
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Out, {
						href: address([...pages, "index.html"]).href,
						children: `The report of ${chapter.stage}`
					}), chapter.card && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Out, {
						href: address([...pages, "card.html"]).href,
						children: "Model card"
					})]
				})
			]
		});
	}
	function Out({ href, children }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Link, {
			href,
			target: "_blank",
			rel: "noopener noreferrer",
			colorPalette: "blue",
			variant: "underline",
			children: `${children} ↗`
		});
	}
	// src/page/page.tsx
	function AirlockPage() {
		const { pathname } = (0, react_router_dom.useLocation)();
		const [model, versions, version] = (pathname.split(`/plugin/airlock/`)[1] ?? "").split("/").map(decodeURIComponent);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)("main", { children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Frame, { children: model && versions === "versions" && version ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(VersionPage, {
			model,
			version
		}, `${model}-${version}`) : model ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(ModelPage, { name: model }, model) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(ModelList, {}) }) });
	}
	// src/tabs/steps.tsx
	/** Of every step: its sign, its colours in Chakra's words, and what a screen reader says. */
	var STEPS = {
		done: {
			sign: "✓",
			palette: "green",
			says: "done"
		},
		stopped: {
			sign: "!",
			palette: "orange",
			says: "not passed on"
		},
		failed: {
			sign: "✕",
			palette: "red",
			says: "failed"
		},
		running: {
			sign: "",
			palette: "blue",
			says: "at work"
		},
		waiting: {
			sign: "?",
			palette: "purple",
			says: "waiting for a person"
		},
		skipped: {
			sign: "–",
			palette: "gray",
			says: "skipped"
		},
		pending: {
			sign: "",
			palette: "gray",
			says: "not begun"
		}
	};
	var TAB = "plugin/airlock-task-instance";
	/** The address of a task's page in Airflow's UI. */
	function taskPage(run, taskId, page) {
		const [dag, id, task] = [
			run.dag_id,
			run.run_id,
			taskId
		].map(encodeURIComponent);
		return `/dags/${dag}/runs/${id}/tasks/${task}${page ? `/${page}` : ""}`;
	}
	/** The round sign of a step. */
	function Sign({ step }) {
		const { sign, palette, says } = STEPS[step];
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
			align: "center",
			justify: "center",
			boxSize: 6,
			borderRadius: "full",
			flexShrink: 0,
			fontSize: "xs",
			fontWeight: "bold",
			colorPalette: palette,
			bg: step === "pending" ? "transparent" : "colorPalette.subtle",
			color: "colorPalette.fg",
			borderWidth: 1,
			borderColor: step === "pending" ? "border.emphasized" : "colorPalette.muted",
			children: [step === "running" ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Spinner, { size: "xs" }) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)("span", {
				"aria-hidden": true,
				children: sign
			}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.VisuallyHidden, { children: says })]
		});
	}
	/** All stages in a row; each leads to its own tab. */
	function Steps({ run, current }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)("nav", {
			"aria-label": "Stages of this run",
			children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Flex, {
				as: "ol",
				wrap: "wrap",
				gap: 1,
				listStyleType: "none",
				children: run.stages.map((stage) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(StepLink, {
					run,
					stage,
					here: stage.task_id === current
				}, stage.task_id))
			})
		});
	}
	function StepLink({ run, stage, here }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Box, {
			as: "li",
			children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Link, {
				asChild: true,
				display: "flex",
				gap: 2,
				px: 2.5,
				py: 1.5,
				borderRadius: "md",
				borderWidth: 1,
				borderColor: here ? "border.emphasized" : "transparent",
				bg: here ? "bg.muted" : void 0,
				_hover: {
					bg: "bg.muted",
					textDecoration: "none"
				},
				children: /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_router_dom.Link, {
					to: taskPage(run, stage.task_id, TAB),
					"aria-current": here ? "step" : void 0,
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Sign, { step: stage.step }), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
						as: "span",
						fontWeight: here ? "bold" : "normal",
						color: here ? "fg" : "fg.muted",
						children: stage.stage
					})]
				})
			})
		});
	}
	/** What a person should do now; a task's tab says so only if it is about that task. */
	function NextStep({ run, taskId, changed }) {
		const { sentence, task_id: about, page, need, holds } = run.next;
		if (taskId !== void 0 && taskId !== about) return null;
		const waiting = page === "required_actions";
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Message, {
			status: about === null ? need || !holds ? "warning" : "info" : waiting ? "warning" : "error",
			title: "Next step",
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Said$1, { children: sentence }),
				" ",
				about !== null && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
					to: taskPage(run, about, page),
					children: waiting ? "Open Required Actions" : "Open its log"
				}),
				need && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Doing, {
					need,
					may: run.may,
					changed
				})
			]
		});
	}
	// src/tabs/run.tsx
	function StageList({ run }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
			as: "section",
			"aria-labelledby": "airlock-stages",
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Heading, {
					as: "h2",
					size: "md",
					id: "airlock-stages",
					mb: 3,
					children: run.night ? `The night of ${run.night}` : run.at ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: run.at }) : "Stages"
				}),
				run.model && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					mb: 3,
					children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
						to: modelPage(run.model),
						children: `All about ${run.model}`
					})
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Box, {
					as: "ol",
					listStyleType: "none",
					borderWidth: 1,
					borderRadius: "lg",
					overflow: "hidden",
					children: run.stages.map((stage) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Row, {
						run,
						stage
					}, stage.task_id))
				})
			]
		});
	}
	function Row({ run, stage }) {
		const quiet = stage.headline === null;
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
			as: "li",
			align: "center",
			gap: 3,
			px: 4,
			py: 3,
			_notFirst: { borderTopWidth: 1 },
			wrap: "wrap",
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Sign, { step: stage.step }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Page, {
					to: taskPage(run, stage.task_id, TAB),
					w: "24",
					fontWeight: "semibold",
					children: stage.stage
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					flex: 1,
					minW: "48",
					color: quiet ? "fg.muted" : "fg",
					children: stage.problem ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Said$1, { children: stage.problem.what }) : quiet ? STEPS[stage.step].says : stage.headline
				}),
				stage.reused && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
					colorPalette: "blue",
					children: "reused"
				}),
				stage.seconds !== null && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					color: "fg.muted",
					fontSize: "sm",
					w: "14",
					textAlign: "right",
					children: seconds(stage.seconds)
				})
			]
		});
	}
	// src/tabs/task.tsx
	var TONES = {
		good: "green",
		bad: "red",
		unsure: "orange",
		plain: "gray"
	};
	function TaskRecord({ task, run, taskId }) {
		const report = task.report && address([
			"runs",
			run.dag_id,
			run.run_id,
			taskId,
			"report",
			task.report
		]).href;
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 5,
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Verdict, { task }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Figures, { figures: task.figures }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(ReadMore, {
					task,
					report
				}),
				report ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Report, {
					source: report,
					title: task.headline
				}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Facts, { task }),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Details, { task })
			]
		});
	}
	function Verdict({ task }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
			as: "header",
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Flex, {
					align: "center",
					gap: 3,
					wrap: "wrap",
					children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Heading, {
						as: "h2",
						size: "xl",
						children: task.headline
					}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Badge, {
						colorPalette: TONES[task.tone],
						size: "md",
						children: task.verdict
					})]
				}),
				task.reasons.map((reason) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					mt: 2,
					children: reason
				}, reason)),
				/* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Text, {
					color: "fg.muted",
					mt: 1,
					fontSize: "sm",
					children: [
						howItCame(task),
						" ",
						/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Time, { at: task.ended_at }),
						"."
					]
				})
			]
		});
	}
	function howItCame(task) {
		const night = task.night ? `Night of ${task.night}. ` : "";
		if (task.reused) return `${night}Nothing that decides it had changed: the result${task.made_by ? ` of ${task.made_by}` : " of an earlier run"} was used again.`;
		return `${night}Took ${seconds(task.seconds)}.`;
	}
	function Figures({ figures }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.SimpleGrid, {
			as: "dl",
			minChildWidth: "44",
			gap: 3,
			children: figures.map(({ label, value, note }) => /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
				borderWidth: 1,
				borderRadius: "lg",
				px: 4,
				py: 3,
				children: [
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
						as: "dt",
						color: "fg.muted",
						fontSize: "sm",
						children: label
					}),
					/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
						as: "dd",
						fontSize: "xl",
						fontWeight: "semibold",
						overflowWrap: "anywhere",
						children: value
					}),
					note && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
						as: "dd",
						color: "fg.muted",
						fontSize: "sm",
						children: note
					})
				]
			}, label))
		});
	}
	function ReadMore({ task, report }) {
		const links = [...task.links, ...report ? [{
			label: "Open the report",
			href: report
		}] : []];
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Stack, {
			gap: 1,
			_empty: { display: "none" },
			children: [task.ledger && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
				color: task.signed ? void 0 : "fg.warning",
				children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Said$1, { children: task.ledger })
			}), links.length > 0 && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Flex, {
				gap: 5,
				wrap: "wrap",
				children: links.map(({ label, href }) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Link, {
					href,
					target: "_blank",
					rel: "noopener noreferrer",
					colorPalette: "blue",
					variant: "underline",
					children: `${label} ↗`
				}, href))
			})]
		});
	}
	function Facts({ task }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.List.Root, {
			ps: 5,
			children: task.facts.map((fact) => /* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.List.Item, { children: fact }, fact))
		});
	}
	/** The report's tables, without the headline and the figures, which stand above already. */
	function Report({ source, title }) {
		const [height, setHeight] = (0, react.useState)(240);
		const fit = ({ currentTarget }) => {
			const page = currentTarget.contentDocument?.documentElement;
			page?.classList.add("embedded");
			setHeight(page?.scrollHeight ?? height);
		};
		const style = {
			border: 0,
			width: "100%",
			height: `${height}px`,
			colorScheme: "inherit"
		};
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)("iframe", {
			src: source,
			title: `Report: ${title}`,
			onLoad: fit,
			style
		});
	}
	function Details({ task }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(_chakra_ui_react.Box, {
			as: "details",
			children: [
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					as: "summary",
					cursor: "pointer",
					color: "fg.muted",
					children: "The record itself"
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Text, {
					fontSize: "sm",
					mt: 2,
					children: `Content ${task.content}`
				}),
				/* @__PURE__ */ (0, react_jsx_runtime.jsx)(_chakra_ui_react.Box, {
					as: "pre",
					mt: 2,
					p: 4,
					maxH: "96",
					overflow: "auto",
					borderRadius: "lg",
					bg: "bg.subtle",
					fontSize: "xs",
					tabIndex: 0,
					children: JSON.stringify(task.record, null, 2)
				})
			]
		});
	}
	// src/tabs/tab.tsx
	var REFRESH_MS = 3e3;
	var UNFINISHED = /* @__PURE__ */ new Set([
		"pending",
		"running",
		"waiting"
	]);
	var RECORDED = /* @__PURE__ */ new Set([
		"done",
		"stopped",
		"failed"
	]);
	var next = (run) => run.stages.some((stage) => UNFINISHED.has(stage.step)) ? REFRESH_MS : LOOK_MS;
	function Tab({ dagId, runId, taskId }) {
		const { data, error, reload } = useAnswer([
			"runs",
			dagId,
			runId
		], next);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(Frame, { children: [
			error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Problem, {
				error,
				reload
			}),
			!error && !data && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Loading, {}),
			!error && data && (taskId === void 0 ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(RunTab, {
				run: data,
				changed: reload
			}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(TaskTab, {
				run: data,
				taskId,
				changed: reload
			}))
		] });
	}
	function RunTab({ run, changed }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [/* @__PURE__ */ (0, react_jsx_runtime.jsx)(NextStep, {
			run,
			changed
		}), /* @__PURE__ */ (0, react_jsx_runtime.jsx)(StageList, { run })] });
	}
	function TaskTab({ run, taskId, changed }) {
		const stage = run.stages.find((one) => one.task_id === taskId);
		const recorded = stage !== void 0 && RECORDED.has(stage.step) && !(stage.problem !== null && stage.headline === null);
		const { data, error, reload } = useAnswer(recorded ? [
			"runs",
			run.dag_id,
			run.run_id,
			taskId
		] : null, () => 0, run.next.sentence);
		return /* @__PURE__ */ (0, react_jsx_runtime.jsxs)(react_jsx_runtime.Fragment, { children: [
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(Steps, {
				run,
				current: taskId
			}),
			/* @__PURE__ */ (0, react_jsx_runtime.jsx)(NextStep, {
				run,
				taskId,
				changed
			}),
			stage?.problem && run.next.task_id !== taskId && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Message, {
				status: "error",
				title: stage.problem.what,
				children: stage.problem.do
			}),
			recorded && data?.now && !data.now.holds && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Message, {
				status: "warning",
				title: "No longer so",
				children: /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Said$1, { children: data.now.sentence })
			}),
			recorded && error && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Problem, {
				error,
				reload
			}),
			recorded && !error && !data && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Loading, {}),
			recorded && data && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(TaskRecord, {
				task: data,
				run,
				taskId
			}),
			!recorded && !stage?.problem && run.next.task_id !== taskId && /* @__PURE__ */ (0, react_jsx_runtime.jsx)(NoRecord, {
				stage,
				taskId
			})
		] });
	}
	var WITHOUT_RECORD = {
		pending: "It has not begun.",
		running: "It is at work. This page follows.",
		skipped: "It was skipped, because a stage before it did not pass on."
	};
	function NoRecord({ stage, taskId }) {
		return /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Message, {
			status: "neutral",
			title: `No record of ${taskId} yet`,
			children: stage ? WITHOUT_RECORD[stage.step] : "This task is no stage of the airlock."
		});
	}
	// src/index.tsx
	function Airlock({ dagId, runId, taskId }) {
		return dagId === void 0 || runId === void 0 ? /* @__PURE__ */ (0, react_jsx_runtime.jsx)(AirlockPage, {}) : /* @__PURE__ */ (0, react_jsx_runtime.jsx)(Tab, {
			dagId,
			runId,
			taskId
		});
	}
	return Airlock;
});
