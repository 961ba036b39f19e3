using Pipeline.Diagnostics;
using Pipeline.Testing;
using Pipeline.TrainerJob.Diagnostics;

namespace Pipeline.TrainerJob.Tests.Commands;

public sealed class DoctorProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> References => new("gpt2-tiny-a", "gpt2-tiny-b");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_machine_that_computes_right_is_healthy()
    {
        var (code, output, error) = await JobProcess.RunAsync(_folder, "doctor", "--device", "cpu");

        Assert.True(code == ExitCode.Done, output + error);
        Assert.Contains("ok      a training step on the CPU: loss ", output, StringComparison.Ordinal);
        Assert.Contains("tokens/s", output, StringComparison.Ordinal);
        Assert.DoesNotContain("MISSING", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(References))]
    public async Task Values_of_another_program_are_reached(string reference)
    {
        var (code, output, error) = await JobProcess.RunAsync(_folder, "doctor", "--device", "cpu", "--reference", ProjectFolders.Shared("reference", reference));

        Assert.True(code == ExitCode.Done, output + error);
        Assert.Contains("ok      the reference's loss", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_gpu_it_says_what_is_missing_and_how_to_get_it()
    {
        Assert.False(File.Exists("/proc/driver/nvidia/version"), "This test is about machines without a GPU, and this one has one.");

        var (code, output, _) = await JobProcess.RunAsync(_folder, "doctor");

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("MISSING GPU driver: libcuda.so.1 is not on this machine: install NVIDIA's driver", output, StringComparison.Ordinal);
        Assert.Contains("MISSING GPU provider: ", output, StringComparison.Ordinal);
        Assert.Contains("--device cpu", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_there_is_not_is_bad_input() =>
        Assert.Equal(ExitCode.BadInput, (await JobProcess.RunAsync(_folder, "doctor", "--device", "cuda:x")).Code);

    [Fact]
    public void A_node_that_fell_back_to_the_cpu_is_named()
    {
        var wrong = Doctor.Placed(new Dictionary<string, string> { ["Gemm_1"] = GraphRun.Cuda, ["ScatterND_2"] = GraphRun.Cpu });

        Assert.Equal((FindingKind.Wrong, "1 of 2 nodes are not computed on the GPU: ScatterND_2 (CPUExecutionProvider)"), (wrong.Kind, wrong.Text));
        Assert.Equal(FindingKind.Good, Doctor.Placed(new Dictionary<string, string> { ["Gemm_1"] = GraphRun.Cuda }).Kind);
    }
}
