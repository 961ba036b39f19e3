using System.Globalization;

namespace Pipeline.Quality;

/// <summary>Judges generated texts before anybody sees them: original, not repeating itself or the blog, of the right length and language, and giving nothing away.</summary>
/// <param name="originality">The corpus by its tokens.</param>
/// <param name="language">The corpus by its words.</param>
/// <param name="posts">The posts that a new one must not resemble.</param>
/// <param name="options">The thresholds.</param>
public sealed class QualityGates(OriginalityIndex originality, LanguageProfile language, SimilarityIndex posts, QualityOptions options)
{
    /// <summary>Measures a text and holds each figure against its threshold.</summary>
    public QualityReport Judge(QualityCandidate candidate)
    {
        var copied = originality.Compare(candidate.Tokens);
        var statistics = new TextStatistics(candidate.Text);
        var all = $"{candidate.Title}\n{candidate.Text}";
        QualityFigure[] figures =
        [
            CopiedRun(copied),
            Below("seen runs of 8 tokens", copied.SeenShare, options.SeenShare, "of the text's runs of 8 tokens stand in the corpus"),
            AtLeast("different runs of 4 words", statistics.DistinctRuns(), options.DistinctRuns, "of the runs of 4 words differ: the text repeats itself"),
            AtMost("repeated sentences", statistics.RepeatedSentences(), options.RepeatedSentences, "of the sentences repeat an earlier one"),
            Words("fewest words", statistics.Words.Count, options.MinWords, statistics.Words.Count >= options.MinWords, "≥"),
            Words("most words", statistics.Words.Count, options.MaxWords, statistics.Words.Count <= options.MaxWords, "≤"),
            Similar(posts.MostSimilar(candidate.Text)),
            AtLeast("known words", language.KnownWordShare(statistics), options.KnownWords, "of the words are in the corpus: the text may be no language"),
            AtLeast("letters in the blog's script", language.ScriptShare(candidate.Text), options.ScriptShare, "of the letters are in the script of the blog"),
            None("broken characters", BrokenCharacters(all), "characters that are broken or cannot be seen"),
            None("e-mail addresses", PrivateData.Emails(all)),
            None("telephone numbers", PrivateData.PhoneNumbers(all)),
            None("keys", PrivateData.Keys(all)),
            None("forbidden words", ForbiddenWords.In(all, options.ForbiddenWords)),
        ];
        return new QualityReport(figures, copied, Score(figures));
    }

    private QualityFigure CopiedRun(OriginalityReport copied)
    {
        var passed = copied.LongestRun < options.CopiedRun;
        var source = copied.Runs is [var longest, ..] ? $" from {longest.Path}" : "";
        return new QualityFigure("longest copied run", copied.LongestRun, options.CopiedRun, "<", "tokens", passed,
            passed ? null : $"{copied.LongestRun} tokens in a row are copied{source}; fewer than {options.CopiedRun} are allowed.");
    }

    private QualityFigure Similar(SimilarPost? post)
    {
        var similarity = post?.Similarity ?? 0;
        var passed = similarity <= options.Similarity;
        return new QualityFigure("similarity to other posts", similarity, options.Similarity, "≤", "", passed,
            passed ? null : $"The text is like {post?.Path} ({Percent(similarity)}; at most {Percent(options.Similarity)} is allowed).");
    }

    private static QualityFigure Words(string name, int words, int threshold, bool passed, string relation) =>
        new(name, words, threshold, relation, "words", passed, passed ? null : $"The text has {words} words; {(relation == "≥" ? "at least" : "at most")} {threshold} are wanted.");

    private static QualityFigure Below(string name, double value, double threshold, string what) =>
        Share(name, value, threshold, "<", value < threshold, $"less than {Percent(threshold)}", what);

    private static QualityFigure AtMost(string name, double value, double threshold, string what) =>
        Share(name, value, threshold, "≤", value <= threshold, $"at most {Percent(threshold)}", what);

    private static QualityFigure AtLeast(string name, double value, double threshold, string what) =>
        Share(name, value, threshold, "≥", value >= threshold, $"at least {Percent(threshold)}", what);

    private static QualityFigure Share(string name, double value, double threshold, string relation, bool passed, string wanted, string what) =>
        new(name, value, threshold, relation, "", passed, passed ? null : $"{Percent(value)} {what}; {wanted} is wanted.");

    private static QualityFigure None(string name, IReadOnlyList<string> found, string? what = null) =>
        new(name, found.Count, 0, "≤", "", found.Count == 0, found.Count == 0 ? null : $"The text has {what ?? name}: {string.Join(", ", found.Distinct().Take(5))}.");

    private static List<string> BrokenCharacters(string text)
    {
        var broken = new List<string>();
        foreach (var character in text.EnumerateRunes())
        {
            // The replacement character also stands for every lone surrogate.
            if (character.Value == 0xFFFD || (character.Value is < 32 or (>= 0x7F and < 0xA0) && character.Value is not ('\n' or '\t')))
            {
                broken.Add(string.Create(CultureInfo.InvariantCulture, $"U+{character.Value:X4}"));
            }
        }

        return broken;
    }

    // The geometric mean: one bad figure weighs more than many good ones can make up for, and more figures do not lower it.
    private static double Score(QualityFigure[] figures) =>
        Math.Exp(figures.Sum(figure => Math.Log(Math.Max(0.01, Margin(figure)))) / figures.Length);

    // 1 far from the threshold, 0.5 at it, 0 far beyond it.
    private static double Margin(QualityFigure figure) => figure switch
    {
        { Unit: "words" } or { Threshold: 0 } => figure.Passed ? 1 : 0,
        { Relation: "≥" } => figure.Passed
            ? 0.5 + (0.5 * (figure.Value - figure.Threshold) / Math.Max(1e-9, 1 - figure.Threshold))
            : 0.5 * figure.Value / figure.Threshold,
        _ => Math.Max(0, 1 - (figure.Value / (2 * figure.Threshold))),
    };

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);
}
