using Pipeline.Generation;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training.Engine;

public sealed class ExecutionDeviceTests
{
    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("cuda", "cuda:0")]
    [InlineData("cuda:3", "cuda:3")]
    [InlineData("auto", "cpu")]
    public void A_device_is_read_from_its_name(string text, string device) => Assert.Equal(device, ExecutionDevice.Parse(text).ToString());

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("CUDA")]
    public void Other_names_are_refused(string text) =>
        Assert.Contains("cuda:N", Assert.Throws<ArgumentException>(() => ExecutionDevice.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_gpu_that_the_runtime_cannot_use_is_an_error_that_says_what_to_do()
    {
        var shape = new ModelShape(1, 1, 4, 4, 8);
        using var parameters = Gpt2Parameters.Allocate(shape);
        using var engine = new TrainingEngine(shape, parameters, new() { Device = ExecutionDevice.Parse("cuda:1") });
        var batch = Batches.Random(1, 4, 8, seed: 1);
        var message = Assert.Throws<DeviceException>(() => engine.Accumulate(batch, 1)).Message;
        Assert.Contains("cuda:1", message, StringComparison.Ordinal);
        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Failed to load library libonnxruntime_providers_cuda.so with error: cannot open shared object file", "provider's library")]
    [InlineData("libcublasLt.so.12: cannot open shared object file: No such file or directory", "CUDA's own libraries")]
    [InlineData("CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=0", "driver is too old")]
    [InlineData("CUDA failure 100: no CUDA-capable device is detected ; GPU=-1", "no NVIDIA GPU or driver")]
    [InlineData("CUDA failure 101: invalid device ordinal ; GPU=7", "no GPU of this number")]
    [InlineData("Available memory of 1048576 is smaller than requested: out of memory\nat line 12", "memory does not suffice")]
    [InlineData("something else.", "something else")]
    public void What_is_missing_on_a_gpu_is_named(string failure, string explanation) =>
        Assert.Contains(explanation, DeviceException.Explain(failure), StringComparison.Ordinal);

    [Fact]
    public void The_providers_settings_follow_from_the_device()
    {
        var settings = new ExecutionDevice(2, TensorFloat32: false).Settings(2);
        Assert.Equal("2", settings["device_id"]);
        Assert.Equal("0", settings["use_tf32"]);
    }

    [Fact]
    public void Half_precision_and_a_gpu_take_the_portable_operators()
    {
        Assert.Equal(Pipeline.TrainerJob.Graphs.GraphOperators.Portable, new TrainingEngineOptions { Precision = TrainingPrecision.BFloat16 }.Operators);
        Assert.Equal(Pipeline.TrainerJob.Graphs.GraphOperators.Portable, new TrainingEngineOptions { Device = new(0) }.Operators);
        Assert.Equal(Pipeline.TrainerJob.Graphs.GraphOperators.Kernels, new TrainingEngineOptions().Operators);
    }
}
