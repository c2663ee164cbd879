"""Statistics of paired evaluations: pure functions on numbers, knowing nothing of runs or suites.

Arrays in, a small frozen record out (`result.py`: Interval, Status, Caution, Estimate, PairedResult). Input that makes no sense is a
ValueError that names the argument; a figure that is undefined is None and the record's `status` says why; NaN is never given back.
Differences are candidate less baseline. An `interval` is two-sided at `confidence`; `bounds` are two one-sided limits at `confidence`.

mcnemar.py         mcnemar_midp(gained, lost, n), mcnemar_exact(gained, lost, n) -> McNemarResult (.pvalue, .pvalue_greater, .limits())
tango.py           tango_statistic(difference, gained, lost, n), tango_limits(gained, lost, n, confidence) -> Interval
bonett_price.py    bonett_price_limits(gained, lost, n, confidence) -> Interval
paired_binary.py   paired_binary(baseline, candidate, *, confidence) -> PairedResult
clustered.py       clustered_mean(values, clusters) -> ClusteredMean, bounded_mean(values, clusters, low, high),
                   mean_interval(values, clusters, *, confidence, scale) -> Estimate, design_effect(values, clusters),
                   kish_design_effect(size, correlation)
paired_graded.py   paired_t(differences, clusters, *, confidence, reach) -> PairedResult
noninferiority.py  margin_binary(gained, lost, n, margin, *, alpha), margin_graded(differences, margin, clusters, *, alpha, reach)
                   -> MarginResult (.noninferior, .equivalent, .bounds, .pvalue_noninferior, .pvalue_equivalent)
multiplicity.py    holm(pvalues), benjamini_hochberg(pvalues) -> list[float], simultaneous_confidence(count, confidence, method)
power.py           minimum_detectable(variance, n, *, alpha, power, sides, design_effect, clusters, reach) -> Power,
                   needed_items(variance, effect, *, alpha, power, sides, design_effect) -> Power,
                   discordance_variance(gained, lost, n), resampled_variance(between, noise, samples)
proportion.py      wilson_interval(successes, n, confidence)
pass_at_k.py       pass_at_k(n, c, k), mean_pass_at_k(counts)
"""
