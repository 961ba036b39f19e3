using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Pipeline.Testing;

/// <summary>
/// Throws mutated inputs at something: pieces of sound examples and of words that mean something to it, flipped, cut, doubled, nested and
/// put together anew. Each case must end within a second of a processor for each 100 KB, in one of the ways that are expected, and without allocating more
/// than so many times its input (and a million bytes). Then come inputs of a million bytes, while whose reading no more than twenty times as
/// many may be held at any time. Cases follow from the seed; <c>PIPELINE_FUZZ_TIMES</c> multiplies their number.
/// </summary>
/// <remarks>What is held and the time of processors are the whole process's: use it in a collection that runs alone.</remarks>
/// <param name="examples">Sound inputs.</param>
/// <param name="words">What means something in such inputs.</param>
public sealed class Fuzzing(IReadOnlyList<byte[]> examples, IReadOnlyList<string> words)
{
    private const string TimesVariable = "PIPELINE_FUZZ_TIMES";
    private const int Seed = 20260301;
    private const int LongestInput = 200_000;
    private const int SmallStack = 1 << 20;
    private const long FreeBytes = 1_000_000;
    private const int BytesPerSecond = 100_000;
    private const int LargeInput = 1_000_000;
    private const int HeldTimes = 20;
    private const int MostTries = 3;

    // Each takes as long as a thousand small ones.
    private const int MostLargeTimes = 10;

    private static readonly byte[][] Everywhere =
    [
        [], [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], [0xFF, 0xFE], "\r\n"u8.ToArray(), "\n\n"u8.ToArray(), "\t"u8.ToArray(), " "u8.ToArray(), "-1"u8.ToArray(),
        "9223372036854775808"u8.ToArray(), "1e999"u8.ToArray(), "0x7fffffff"u8.ToArray(), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF], "%s%n"u8.ToArray(), "\\u0000"u8.ToArray(),
        "../../../etc/passwd"u8.ToArray(), "\u202E"u8.ToArray(), "🦀"u8.ToArray(), "e\u0301"u8.ToArray(),
    ];

    private readonly byte[][] pieces = [.. words.Select(Encoding.UTF8.GetBytes), .. Everywhere];

    /// <summary>How many times its input a case may allocate, on top of a million bytes, most of which is garbage at once.</summary>
    public int Times { get; init; } = 20;

    /// <summary>How many inputs of a million bytes there are.</summary>
    public int Large { get; init; } = 4;

    /// <summary>Bytes that may be held on top of twenty times the input: what is loaded beside it, or kept for the next one.</summary>
    public long HeldAnyway { get; init; } = 4_000_000;

    /// <summary>Runs the cases.</summary>
    /// <param name="cases">How many.</param>
    /// <param name="run">Takes an input.</param>
    /// <param name="expected">Which exceptions are an answer.</param>
    /// <exception cref="InvalidOperationException">A case did not end as it should; the message has its number and its bytes.</exception>
    public void Run(int cases, Action<byte[]> run, Func<Exception, bool> expected)
    {
        var many = int.TryParse(Environment.GetEnvironmentVariable(TimesVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var times) ? times : 1;
        Exception? failure = null;
        // On a stack of a megabyte: what recurses as deep as its input is nested ends the process.
        var thread = new Thread(
            () =>
            {
                try
                {
                    for (var number = 0; number < cases * many; number++)
                    {
                        Case(number, Make(new Random(unchecked(Seed + (number * 7919)))), run, expected);
                    }

                    var large = 0;
                    foreach (var input in LargeInputs())
                    {
                        LargeCase(large++, input, run, expected);
                    }
                }
                catch (InvalidOperationException exception)
                {
                    failure = exception;
                }
            },
            SmallStack);
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>The inputs of a million bytes, each of another kind.</summary>
    public IEnumerable<byte[]> LargeInputs()
    {
        var many = int.TryParse(Environment.GetEnvironmentVariable(TimesVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var times) ? times : 1;
        return Enumerable.Range(0, Large * Math.Min(many, MostLargeTimes)).Select(number => MakeLarge(number, new Random(unchecked(Seed + (number * 104_729)))));
    }

    /// <summary>How much of the heap may be held while an input is read.</summary>
    public long MostHeld(byte[] input) => HeldAnyway + ((long)HeldTimes * input.Length);

    /// <summary>The most bytes of the heap that were reachable at a time while something ran, beyond those that were before.</summary>
    /// <param name="run">What runs; again if it held more than enough, since what others in the process left may move meanwhile.</param>
    /// <param name="enough">What it may hold.</param>
    /// <returns>The least of its runs.</returns>
    public static async Task<long> HeldAsync(Func<Task> run, long enough)
    {
        var least = long.MaxValue;
        for (var tries = 0; tries < MostTries && least > enough; tries++)
        {
            least = Math.Min(least, await HeldOnceAsync(run));
        }

        return least;
    }

    private static async Task<long> HeldOnceAsync(Func<Task> run)
    {
        var before = Settled();
        var (most, done) = (0L, false);
        var watcher = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
            {
                var started = Stopwatch.GetTimestamp();
                most = Math.Max(most, Reachable() - before);
                // What is watched goes on meanwhile.
                Thread.Sleep(Stopwatch.GetElapsedTime(started) + TimeSpan.FromMilliseconds(1));
            }
        });
        watcher.Start();
        try
        {
            await run();
        }
        finally
        {
            Volatile.Write(ref done, true);
            watcher.Join();
        }

        return most;

        // What waits for its finalizer is let go first, as is what that lets go.
        static long Settled()
        {
            var (now, last) = (Reachable(), long.MaxValue);
            for (var looks = 0; looks < 10 && now < last; looks++)
            {
                GC.WaitForPendingFinalizers();
                (now, last) = (Reachable(), now);
            }

            return Math.Min(now, last);
        }

        static long Reachable()
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            var found = GC.GetGCMemoryInfo(GCKind.FullBlocking);
            return found.HeapSizeBytes - found.FragmentedBytes;
        }
    }

    /// <summary>The bytes of one case.</summary>
    public byte[] Make(Random random)
    {
        var input = new List<byte>(examples[random.Next(examples.Count)]);
        for (var changes = random.Next(1, 12); changes > 0; changes--)
        {
            Change(input, random);
        }

        return input.Count <= LongestInput ? [.. input] : [.. input.Take(LongestInput)];
    }

    // Sound ones in a row, one piece in a row, pieces in any order, and a mutated one in a row.
    private byte[] MakeLarge(int number, Random random)
    {
        var input = new List<byte>(LargeInput);
        var piece = number % 4 == 1 ? pieces[random.Next(pieces.Length)] : [];
        while (input.Count < LargeInput)
        {
            input.AddRange((number % 4) switch
            {
                0 => examples[random.Next(examples.Count)],
                1 => piece.Length == 0 ? [0] : piece,
                2 => pieces[random.Next(pieces.Length)],
                _ => Make(random),
            });
            // Whatever else happens it gets longer.
            input.Add((byte)' ');
        }

        return [.. input.Take(LargeInput)];
    }

    private void LargeCase(int number, byte[] input, Action<byte[]> run, Func<Exception, bool> expected)
    {
        // Without the collections that tell what is held, since they take time.
        Case(number, input, run, expected, long.MaxValue);
        var held = HeldAsync(() =>
        {
            Case(number, input, run, expected, long.MaxValue, TimeSpan.MaxValue);
            return Task.CompletedTask;
        }, MostHeld(input)).GetAwaiter().GetResult();
        if (held > MostHeld(input))
        {
            throw Failed(number, input, $"It held {held} bytes, {held / input.Length} times its input.");
        }
    }

    private void Case(int number, byte[] input, Action<byte[]> run, Func<Exception, bool> expected) => Case(number, input, run, expected, FreeBytes + ((long)Times * input.Length));

    private static void Case(int number, byte[] input, Action<byte[]> run, Func<Exception, bool> expected, long mostBytes, TimeSpan? mostTime = null)
    {
        var limit = mostTime ?? TimeSpan.FromSeconds(Math.Max(1, input.Length / (double)BytesPerSecond));
        var (time, bytes) = (TimeSpan.Zero, 0L);
        // What other processes do beside it takes none of its own time. What is made at the first use is not made again.
        for (var tries = 0; tries == 0 || (tries < MostTries && (time > limit || bytes > mostBytes)); tries++)
        {
            var (started, before) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread());
            try
            {
                run(input);
            }
            catch (Exception exception) when (expected(exception))
            {
                // An answer.
            }
            catch (Exception exception)
            {
                throw Failed(number, input, $"{exception}");
            }

            time = Environment.CpuUsage.TotalTime - started;
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        if (time > limit)
        {
            throw Failed(number, input, $"It took {time.TotalSeconds:0.00} s.");
        }

        if (bytes > mostBytes)
        {
            throw Failed(number, input, $"It allocated {bytes} bytes, {bytes / Math.Max(1, input.Length)} times its input.");
        }
    }

    private static InvalidOperationException Failed(int number, byte[] input, string what) =>
        new($"Case {number}, {input.Length} bytes: {what}\n{Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 3000)))}");

    private void Change(List<byte> input, Random random)
    {
        var at = random.Next(input.Count + 1);
        var length = Math.Min(random.Next(1, 1 + Math.Max(1, random.Next(3) == 0 ? input.Count : 40)), input.Count - at);
        switch (random.Next(9))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < input.Count:
                input[at] = (byte)random.Next(256);
                break;
            case 2:
                input.RemoveRange(at, length);
                break;
            case 3:
                input.InsertRange(at, input.GetRange(at, length));
                break;
            case 4:
                // Another example's piece.
                var other = examples[random.Next(examples.Count)];
                var from = random.Next(other.Length + 1);
                input.InsertRange(at, other.AsSpan(from, Math.Min(random.Next(200), other.Length - from)).ToArray());
                break;
            case 5:
                // Nested or in a row, now and then very often.
                var often = random.Next(20) == 0 ? random.Next(20_000) : random.Next(12);
                var piece = pieces[random.Next(pieces.Length)];
                input.InsertRange(at, Enumerable.Repeat(piece, Math.Min(often, LongestInput / Math.Max(1, piece.Length))).SelectMany(bytes => bytes));
                break;
            default:
                input.InsertRange(at, pieces[random.Next(pieces.Length)]);
                break;
        }
    }
}
