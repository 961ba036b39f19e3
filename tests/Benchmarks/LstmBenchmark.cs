using System.Diagnostics;
using System.Globalization;

namespace Pipeline.Benchmarks;

/// <summary>An LSTM of 2 layers, 512 wide, 4,096 tokens, in turns with PyTorch's on the same two cores: a training step, and greedy text token by token.</summary>
internal static class LstmBenchmark
{
    private const int Rounds = 7;

    public static async Task<int> RunAsync(CancellationToken cancellation)
    {
        await TrainPeer.EnsureAsync(cancellation);
        var good = true;
        foreach (var (what, tokens) in new[] { ("train", LstmWorker.Rows * LstmWorker.Length), ("decode", LstmWorker.Stretch) })
        {
            using var ours = TrainProcess.Start(new ProcessStartInfo(Environment.ProcessPath!, ["lstm-worker", what]));
            using var peer = TrainPeer.Start("lstm-peer.py", what, Text(LstmWorker.Layers), Text(LstmWorker.Width), Text(LstmWorker.Vocabulary), Text(LstmWorker.Rows), Text(LstmWorker.Length), Text(LstmWorker.Stretch));
            var version = await peer.VersionAsync(cancellation);
            for (var round = 0; round <= Rounds; round++)
            {
                await ours.StepAsync(cancellation);
                await peer.StepAsync(cancellation);
            }

            var (our, their) = (Median(ours.Steps), Median(peer.Steps));
            var ratio = Median(ours.Steps.Zip(peer.Steps, (a, b) => a / b));
            Print($"figure lstm.{what} {1e6 * our / tokens:F1} µs a token, {tokens / our:F0} tokens/s | goal - | peer {version}");
            Print($"figure lstm.{what}.peer {1e6 * their / tokens:F1} µs a token, {tokens / their:F0} tokens/s | goal - | peer {version}");
            Print($"figure lstm.{what}.ratio {ratio:F2} of the peer's time | goal < 1 | peer {version}");
            await ours.EndAsync(cancellation);
            await peer.EndAsync(cancellation);
            good &= ratio < 1;
        }

        return good ? 0 : 1;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static void Print(FormattableString text) => Console.WriteLine(FormattableString.Invariant(text));
}
