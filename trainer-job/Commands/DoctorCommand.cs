using System.CommandLine;
using System.Globalization;
using Pipeline.Diagnostics;
using Pipeline.TrainerJob.Diagnostics;

namespace Pipeline.TrainerJob.Commands;

/// <summary><c>doctor</c>: whether a machine can train, and on what.</summary>
internal static class DoctorCommand
{
    private const string Cpu = "cpu";
    private const string Cuda = "cuda";

    /// <summary>The command.</summary>
    public static Command Create(JobHost host)
    {
        var device = new Option<string>("--device") { Description = "What to look at: cpu, or cuda or cuda:N for the GPU too.", DefaultValueFactory = _ => Cuda };
        var reference = new Option<string?>("--reference") { Description = "Folder of reference values: config.json, model.safetensors, reference.safetensors." };
        var command = new JobCommand(
            "doctor",
            "Looks at the machine: runtime, GPU driver and provider, whether every node of a training step runs on the GPU and computes what the CPU does, and how fast. Ends with exit code 1 if something is missing.")
        {
            Examples = ["doctor", "doctor --device cpu"],
        };
        command.Add(device);
        command.Add(reference);
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(device), parsed.GetValue(reference), host));
        return command;
    }

    private static async Task<int> RunAsync(string device, string? reference, JobHost host)
    {
        var number = device switch
        {
            Cpu => (int?)null,
            Cuda => 0,
            _ when device.StartsWith(Cuda + ":", StringComparison.Ordinal)
                && int.TryParse(device[(Cuda.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var given) => given,
            _ => throw new InputException($"There is no device '{device}'; name cpu, cuda or cuda:N."),
        };
        var folder = Directory.CreateTempSubdirectory("pipeline-doctor-").FullName;
        try
        {
            var doctor = new Doctor(folder, host.Clock);
            var healthy = true;
            foreach (var finding in doctor.LookAtCpu(reference).Concat(number is { } cuda ? doctor.LookAtCuda(cuda, reference) : []))
            {
                host.Stop.ThrowIfCancellationRequested();
                healthy &= finding.Kind == FindingKind.Good;
                await host.Output.WriteLineAsync(finding.Line);
            }

            await host.Output.WriteLineAsync(healthy
                ? "Everything is as it should be."
                : "Something is missing or wrong; see above. Training on the CPU needs none of the GPU's parts: 'doctor --device cpu' leaves them out.");
            return healthy ? ExitCode.Done : ExitCode.Failed;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
