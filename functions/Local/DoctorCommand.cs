using System.CommandLine;
using System.Text.Json;
using Pipeline.Diagnostics;
using Pipeline.Functions.Diagnostics;

namespace Pipeline.Functions.Local;

/// <summary><c>doctor</c>: whether everything that the app stands on is as it should be.</summary>
internal static class DoctorCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var work = new Option<DirectoryInfo>("--work") { Description = "The work folder, unless PIPELINE_STORE names a store.", DefaultValueFactory = _ => new(".pipeline") };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of lines." };
        var command = new Command("doctor", """
            Looks at settings, store, clock, stored formats, the model in service and its golden logits, money, model cache, native library, disk, trainer,
            and the blog with its keys and permissions. Each line that is not ok says what is wrong and how to fix it.

            Exit codes: 0 everything is as it should be, 1 something is missing or wrong, 2 the settings are wrong.
            """)
        {
            work, json,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var settings = new WorkFolders(arguments.GetRequiredValue(work).FullName).Configure(PipelineSettings.FromEnvironment());
            var findings = new List<Finding>();
            await foreach (var finding in new AppDoctor(settings, TimeProvider.System).LookAsync(cancellationToken))
            {
                findings.Add(finding);
                if (!arguments.GetValue(json))
                {
                    Console.WriteLine(finding.Line);
                }
            }

            var healthy = findings.All(finding => finding.Kind == FindingKind.Good);
            Console.WriteLine(arguments.GetValue(json)
                ? JsonSerializer.Serialize(new DoctorReport(healthy, findings), DoctorJson.Default.DoctorReport)
                : healthy ? "Everything is as it should be." : "Something is missing or wrong; see above.");
            return healthy ? CommandLine.Done : findings.Any(finding => finding is { Check: "settings", Kind: not FindingKind.Good }) ? CommandLine.BadInput : CommandLine.Failed;
        });
        return command;
    }
}
