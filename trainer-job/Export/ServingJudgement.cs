using System.Globalization;
using Pipeline.Generation;

namespace Pipeline.TrainerJob.Export;

/// <summary>Which of the files serves: the smallest whose perplexity on the held-out texts rises by less than it may.</summary>
/// <param name="ServingFile">Its path in the model folder.</param>
/// <param name="Reason">Why this one.</param>
/// <param name="Perplexity">Of the 32-bit file; null if nothing was measured.</param>
/// <param name="EightBits">Of the 8-bit file, null if it was not measured.</param>
/// <param name="FourBits">Of the 4-bit file, null if it was not measured.</param>
internal sealed record ServingJudgement(string ServingFile, string Reason, double? Perplexity, double? EightBits, double? FourBits)
{
    /// <summary>Measures the files and deletes those that predict too badly.</summary>
    /// <param name="staging">The folder they are in.</param>
    /// <param name="heldOut">Tokens of the texts to predict.</param>
    /// <param name="options">What was written and what may rise how far.</param>
    /// <param name="progress">Gets a line before each measurement.</param>
    /// <param name="cancellationToken">Ends the measurement between tokens.</param>
    public static ServingJudgement Of(
        string staging, List<int[]> heldOut, ExportOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var quantized = options.Quantize || options.QuantizeTo4Bits;
        if (heldOut.Count == 0)
        {
            var reason = quantized ? "there are no held-out texts to judge quantised files by" : "no quantised file was asked for";
            return new(LanguageModel.Float32File, reason, null, null, null);
        }

        var exact = Measure(LanguageModel.Float32File, "32-bit");
        List<string> reasons = [];
        var serving = LanguageModel.Float32File;
        var four = options.QuantizeTo4Bits ? Judge(LanguageModel.FourBitFile, "4", options.MaximumPerplexityRiseOf4Bits) : null;
        var eight = options.Quantize ? Judge(LanguageModel.QuantizedFile, "8", options.MaximumPerplexityRise) : null;
        return new(serving, quantized ? string.Join("; ", reasons) : "no quantised file was asked for", exact, eight, four);

        double? Judge(string file, string bits, double limit)
        {
            var measured = Measure(file, bits + "-bit");
            var rise = (measured / exact) - 1;
            // Written this way round so that a rise that is no number does not serve.
            var serves = rise < limit;
            var (change, most) = (rise.ToString("+0.00%;-0.00%", CultureInfo.InvariantCulture), limit.ToString("0.##%", CultureInfo.InvariantCulture));
            reasons.Add(serves
                ? $"{bits} bits change the perplexity by {change}, less than {most}"
                : $"{bits} bits would change the perplexity by {change}, not less than {most}");
            if (!serves)
            {
                foreach (var written in new[] { Staged(file), ModelFiles.PortableOf(Staged(file)), ModelFiles.DataOf(Staged(file)) })
                {
                    File.Delete(written);
                }
            }
            else if (serving == LanguageModel.Float32File)
            {
                serving = file;
            }

            return measured;
        }

        double Measure(string file, string name)
        {
            progress?.Report($"Measuring the perplexity of the {name} file");
            using var session = DecoderSession.Open(Staged(file));
            return Export.Perplexity.Measure(session, heldOut, cancellationToken);
        }

        string Staged(string file) => Path.Combine(staging, Path.GetFileName(file));
    }
}
