using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Pipeline.Generation;
using Pipeline.Generation.Lstm;
using Pipeline.TrainerJob.Lstm;
using Pipeline.TrainerJob.Training;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.Benchmarks;

/// <summary>An LSTM in a process of its own: for each line of standard input a training step, or a stretch of greedy text.</summary>
internal static class LstmWorker
{
    public const int Layers = 2, Width = 512, Vocabulary = 4096, Rows = 16, Length = 64, Stretch = 512;

    private static readonly LstmShape Shape = new(Layers, Width, Width, Vocabulary);

    public static int Run(string what)
    {
        Func<double> step = what == "train" ? Training() : Decoding();
        while (Console.ReadLine() == "step")
        {
            var started = Stopwatch.GetTimestamp();
            var result = step();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(started).TotalSeconds} {result}"));
        }

        Console.WriteLine(Process.GetCurrentProcess().PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static Func<double> Training()
    {
        var engine = new LstmEngine(Shape, LstmParameters.Random(Shape, seed: 1), TrainingPreset.Small, Rows);
        var batch = new TrainingBatch(Rows, Length);
        var random = new Random(1);
        for (var i = 0; i < batch.InputIds.Length; i++)
        {
            (batch.InputIds[i], batch.Labels[i], batch.PositionIds[i]) = (random.Next(Vocabulary), random.Next(Vocabulary), 1);
        }

        var updates = 0;
        return () =>
        {
            var loss = engine.Accumulate(batch, 1.0 / batch.Labels.Length);
            engine.GradientNorm();
            engine.Update(++updates, 1e-3);
            return loss.Mean;
        };
    }

    private static Func<double> Decoding()
    {
        var folder = Directory.CreateTempSubdirectory("pipeline-lstm-").FullName;
        var path = Path.Combine(folder, "decoder.onnx");
        using (var parameters = LstmParameters.Random(Shape, seed: 1))
        {
            LstmDecoderFile.Write(path, new LstmConfig(Shape, LstmConfig.UsualContext), parameters, new Dictionary<string, string>());
        }

        var session = DecoderSession.Open(path, new() { Threads = 2, Spinning = true });
        Directory.Delete(folder, recursive: true);
        var cache = session.CreateCache(1, Stretch + 1);
        return () =>
        {
            cache.Prefill(0, [1]);
            for (var i = 0; i < Stretch; i++)
            {
                cache.Step([TensorPrimitives.IndexOfMax<float>(cache.Logits(0))]);
            }

            return TensorPrimitives.IndexOfMax<float>(cache.Logits(0));
        };
    }
}
