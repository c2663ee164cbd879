"""Statistics of paired evaluations: pure functions on numbers, knowing nothing of runs or suites.

Arrays in, a small frozen record out (`result.py`: Status, Caution, Interval, Limits, Estimate, AdjustedPvalues, PairedResult); only what is
one step of arithmetic on the way to a result (a statistic, a level, a variance) gives the number. Input that makes no sense is a
ValueError that names the argument; a figure that is undefined is None and the record's `status` says why; NaN is never given back.
Differences are candidate less baseline. An `interval` is two-sided at `confidence`; `bounds` are two one-sided limits at `confidence`.

mcnemar.py         mcnemar_midp(gained, lost, n), mcnemar_exact(gained, lost, n) -> McNemarResult (.pvalue, .pvalue_greater, .limits())
tango.py           tango_statistic(difference, gained, lost, n), tango_limits(gained, lost, n, confidence) -> Limits
bonett_price.py    bonett_price_limits(gained, lost, n, confidence) -> Limits
paired_binary.py   paired_binary(baseline, candidate, *, confidence) -> PairedResult
clustered.py       clustered_mean(values, clusters) -> ClusteredMean, bounded_mean(values, clusters, low, high),
                   mean_interval(values, clusters, *, confidence, scale) -> Estimate, design_effect(values, clusters),
                   kish_design_effect(size, correlation)
paired_graded.py   paired_t(differences, clusters, *, confidence, reach) -> PairedResult
noninferiority.py  margin_binary(gained, lost, n, margin, *, alpha), margin_graded(differences, margin, clusters, *, alpha, reach)
                   -> MarginResult (.noninferior, .equivalent, .bounds, .pvalue_noninferior, .pvalue_equivalent)
multiplicity.py    holm(pvalues), benjamini_hochberg(pvalues) -> AdjustedPvalues, simultaneous_confidence(count, confidence, method)
power.py           minimum_detectable(variance, n, *, alpha, power, sides, design_effect, clusters, reach) -> Power,
                   needed_items(variance, effect, *, alpha, power, sides, design_effect) -> Power,
                   discordance_variance(gained, lost, n), resampled_variance(between, noise, samples)
corpus.py          randomisation_test(baseline, candidate, score, clusters, *, draws, seed) -> PairedResult,
                   paired_bootstrap(baseline, candidate, score, clusters, *, draws, seed, confidence) -> PairedResult
resampling.py      bootstrap_sums(rows, draws, seed), swapped_sums(baseline, candidate, draws, seed), signed_sums(rows, draws, seed)
ratings.py         count_ratings(ratings, levels), rating_codes(ratings, levels); ratings has shape (raters, units)
agreement.py       raw_agreement(ratings, levels, *, confidence, draws, seed), positive_agreement(ratings, levels, positive, ...),
                   krippendorff_alpha(ratings, levels, scale, ...) -> Estimate
gwet.py            gwet_ac(ratings, levels, weights, ...) -> Estimate (AC1 with weights "identity", else AC2)
kappa.py           cohen_kappa(ratings, levels, weights, ...), fleiss_kappa(ratings, levels, ...) -> Estimate
signflip.py        sign_flip(differences, clusters, *, step, draws, seed) -> SignFlip (.pvalue, .midp, .pvalue_greater)
raters.py          item_mean_t(differences, items, clusters, *, confidence, reach), two_way_t(differences, items, raters, *, confidence)
                   -> PairedResult; differences in long form, one a rating
bradley_terry.py   bradley_terry(first, second, outcomes, items, *, confidence) -> BradleyTerry (.strengths, .standard_errors, .status)
swaps.py           swap_statistics(as_given, swapped) -> SwapStatistics, gold_agreement(as_given, swapped, gold) -> GoldAgreement
correlation.py     spearman(metric, human, *, confidence), kendall(...), pairwise_agreement(...) -> Estimate
composite.py       composite(estimates, standard_errors, weights, *, confidence, degrees) -> Estimate
proportion.py      wilson_interval(successes, n, confidence), clopper_pearson_interval(successes, n, confidence, side) -> Limits
bootstrap_t.py     bootstrap_t(values, *, confidence, draws, seed) -> Estimate
pass_at_k.py       pass_at_k(n, c, k), mean_pass_at_k(counts), pass_at_k_interval(counts, k, clusters, *, confidence) -> Estimate
mean_at_n.py       mean_at_n(scores, clusters, *, confidence, scale) -> MeanAtN (.mean, .items_part, .samples_part)
ewma.py            ewma(differences, standard_errors, baseline_error, *, weight, width) -> EwmaChart (.values, .lower, .upper, .outside)
two_stage.py       confirmation_level(target, suites, nights, screen) -> float
"""
