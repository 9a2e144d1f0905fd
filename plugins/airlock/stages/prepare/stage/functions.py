"""Lists what SQL of a prepared table may call: what gives the same for the same rows, for ever.

A list of what is allowed, not of what is not: what a later DuckDB adds is refused until somebody
has looked at it. Nothing here reads a clock, a file, a setting or chance.
"""

from __future__ import annotations

_NUMBERS = """
    + - * / // % ** ^ & | ~ << >> xor @ ! abs add subtract multiply divide mod fmod fdiv
    ceil ceiling floor round round_even trunc sign sqrt cbrt exp ln log log10 log2 pow power pi
    degrees radians acos asin atan atan2 cos cot sin tan tanh greatest least even isfinite isinf
    isnan bit_count nullif if
"""
_TEXTS = """
    || ~~ !~~ ~~* !~~* ~~~ like_escape not_like_escape ilike_escape not_ilike_escape
    ascii bit_length char_length character_length chr concat concat_ws contains ends_with
    instr lcase left length levenshtein damerau_levenshtein jaro_similarity jaro_winkler_similarity
    lower lpad ltrim md5 nfc_normalize ord position prefix printf regexp_extract
    regexp_extract_all regexp_full_match regexp_matches regexp_replace regexp_split_to_array
    repeat replace reverse right rpad rtrim sha256 split split_part starts_with str_split
    string_split string_split_regex string_to_array strip_accents strlen strpos substr substring
    suffix translate trim ucase unicode upper
"""
_TIMES = """
    century date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc
    day dayname dayofmonth dayofweek dayofyear days_in_month decade epoch epoch_ms epoch_us era hour
    isodow isoyear julian last_day make_date make_timestamp microsecond millennium millisecond
    minute month monthname quarter second strftime strptime time_bucket try_strptime week weekday
    weekofyear year yearweek to_years to_quarters to_months to_weeks to_days to_hours to_minutes
    to_seconds to_milliseconds to_microseconds
"""
_LISTS = """
    array_length cardinality element_at flatten len list_aggregate list_aggr list_append
    list_apply list_avg list_concat list_contains list_count list_distinct list_element list_extract
    list_filter list_has list_max list_median list_min list_position list_reverse list_select
    list_slice list_sort list_sum list_transform list_unique list_value array_extract array_slice
    map map_contains map_entries map_extract map_keys map_values row struct_extract struct_pack
    generate_series range unnest
"""
_AGGREGATES = """
    avg bit_and bit_or bit_xor bool_and bool_or corr count count_if count_star countif covar_pop
    covar_samp entropy favg fsum geomean geometric_mean kahan_sum kurtosis kurtosis_pop mad max mean
    median min product quantile quantile_cont quantile_disc regr_avgx regr_avgy regr_count
    regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy sem skewness stddev stddev_pop
    stddev_samp sum var_pop var_samp variance wavg weighted_avg approx_count_distinct
    arg_max arg_min argmax argmin max_by min_by mode
"""
IN_ORDER = frozenset(
    """
    array_agg first group_concat last list listagg string_agg
    first_value last_value lag lead nth_value ntile row_number rank dense_rank rank_dense
    percent_rank cume_dist
    """.split()
)
"""What depends on the order of rows, and is allowed where the SQL states one."""

ALLOWED = (
    frozenset(f"{_NUMBERS} {_TEXTS} {_TIMES} {_LISTS} {_AGGREGATES} age".split())
    # Operators that other words stand for.
    | frozenset({"^@", "&&", "@>", "<@", "->", "~", "!"})
    | IN_ORDER
)
"""All that may be called; `age` with two arguments alone, for with one it reads the clock."""

BY_NAME = frozenset({"list_aggregate", "list_aggr"})
"""What calls another function, whose name is its second argument."""

TABLE_FUNCTIONS = frozenset({"generate_series", "range", "unnest"})
"""Those of FROM."""

CLOCKS = frozenset(
    """
    current_catalog current_date current_role current_schema current_time current_timestamp
    current_user localtime localtimestamp session_user user
    """.split()
)
"""Words that look like a column, and are a function where no column is called so."""
