using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Storage;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Runs;

/// <summary>The run's <c>samples.md</c>: what the model wrote at each evaluation, with what of it was copied.</summary>
internal static partial class SampleLog
{
    /// <summary>Removes what was written after a step, which a killed process may have left: those steps are done again.</summary>
    public static async Task TrimAsync(string path, int afterStep, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return;
        }

        var text = await File.ReadAllTextAsync(path, cancellationToken);
        var late = StepTitle().Matches(text).FirstOrDefault(title => int.Parse(title.Groups[1].Value, CultureInfo.InvariantCulture) > afterStep);
        if (late is not null)
        {
            await AtomicFile.WriteAsync(path, Encoding.UTF8.GetBytes(text[..late.Index]), cancellationToken);
        }
    }

    /// <summary>Appends the samples of a step.</summary>
    public static Task AppendAsync(string path, int step, IReadOnlyList<TrainingSample> samples, CancellationToken cancellationToken)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"## Step {step}\n\n");
        foreach (var sample in samples)
        {
            text.Append(CultureInfo.InvariantCulture, $"Seed {sample.Seed}, longest copied run: {sample.Copied} tokens\n\n");
            Indent(text, sample.Prompt + "⟶" + sample.Text);
        }

        return File.AppendAllTextAsync(path, text.ToString(), cancellationToken);
    }

    // An indented block shows the text as it is, whatever Markdown it holds; no line of it can be taken for a title.
    private static void Indent(StringBuilder text, string sample)
    {
        foreach (var line in sample.Trim('\n').Split('\n'))
        {
            text.Append(line.Length > 0 ? "    " : "").Append(line).Append('\n');
        }

        text.Append('\n');
    }

    [GeneratedRegex(@"^## Step (\d{1,9})$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex StepTitle();
}
