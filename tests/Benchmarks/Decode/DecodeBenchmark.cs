using System.Globalization;
using Pipeline.Generation;
using Pipeline.Testing;

namespace Pipeline.Benchmarks.Decode;

/// <summary>
/// Generation with GPT-2's shapes on two cores, in turns with llama.cpp: each engine and file in a process of its own, medians of the
/// rounds.
/// </summary>
internal static class DecodeBenchmark
{
    private const int Threads = 2;
    private const int Prompt = 32;
    private const int Steps = 128;
    private const int LongPrompt = 512;
    private const int LongContext = 896;
    private const int Rows = 8;
    private const int Guesses = 4;
    private const int Rounds = 5;
    private const string Llama = "llama.cpp v0.5.0 (npm @node-llama-cpp/linux-x64 " + LlamaPackages.Version + ")";
    private const string NodeLlama = "node-llama-cpp " + LlamaPackages.Version;

    private static readonly (string Name, Func<bool> Run)[] Parts =
    [
        ("small", Small), ("limits", Limits), ("node", Node), ("process", Processes), ("large", Large), ("ctrl", Ctrl), ("flat", Flat),
    ];

    /// <summary>Measures all parts, or those named; as a worker, what the process that started it wants.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        switch (arguments)
        {
            case ["worker", "pipeline", var path, var spinning]:
                return DecodeWorker.Run(() => new PipelineEngine(path, Options(spinning == "spin")));
            case ["worker", "llama", var path]:
                return DecodeWorker.Run(() => new LlamaEngine(LlamaPackages.Libraries, path, Threads));
            case ["first", var path]:
                return ColdStart.FirstToken(path, Options(spinning: true));
            case ["text", var folder, var corpus]:
                return TextSpeed.Measure(folder, corpus, Options(spinning: true));
            case ["busy"]:
                return BusyNeighbour.Burn();
        }

        foreach (var argument in arguments)
        {
            if (Parts.All(part => part.Name != argument))
            {
                Console.Error.WriteLine($"decode has no part '{argument}': name some of {string.Join(", ", Parts.Select(part => part.Name))}, or none for all.");
                return 2;
            }
        }

        var named = arguments.ToArray();
        if (!named.All(name => name is "ctrl" or "flat") || named.Length == 0)
        {
            LlamaPackages.Install();
        }

        var good = true;
        foreach (var (name, run) in Parts)
        {
            good &= (named.Length > 0 && !named.Contains(name)) || run();
        }

        return good ? 0 : 1;
    }

    private static LanguageModelOptions Options(bool spinning) => new() { Threads = Threads, Spinning = spinning };

    private static DecodeProcess Ours(string path, bool spinning = true) => DecodeProcess.Start("decode", "worker", "pipeline", path, spinning ? "spin" : "wait");

    private static DecodeProcess Theirs(string path) => DecodeProcess.Start("decode", "worker", "llama", path);

    private static bool Small()
    {
        var models = DecodeModels.Small();
        using var eight = Ours(models.Int8);
        using var four = Ours(models.Int4);
        using var llamaEight = Theirs(models.Gguf8);
        using var llamaFour = Theirs(models.Gguf4);
        var decode = $"decode 1 {Prompt} {Steps}";
        var batch = $"decode {Rows} {Prompt} {Steps / 4}";
        var prefill = $"prefill {LongPrompt}";
        var good = Compare("decode.int4", decode, four, llamaFour, "tok/s", 1.5, out _);
        good &= Compare("decode.int8", decode, eight, llamaEight, "tok/s", 1.5, out _);
        good &= Compare("prefill512.int8", prefill, eight, llamaEight, "tok/s", 2.2, out _);
        good &= Compare("batch8.int8", batch, eight, llamaEight, "tok/s", 1.7, out _);
        good &= Compare("batch8.int4", batch, four, llamaFour, "tok/s", 1.7, out _);
        Compare("prefill512.int4", prefill, four, llamaFour, "tok/s", null, out _);
        return good;
    }

    // How near the machine's limits, and what comes on top of the model: without a peer.
    private static bool Limits()
    {
        var models = DecodeModels.Small();
        var good = true;
        foreach (var (name, path, goal) in new[] { ("fp32", models.Float32, 0.90), ("int8", models.Int8, 0.65), ("int4", models.Int4, 0.65) })
        {
            using var worker = Ours(path);
            // By turns: on a shared machine the bandwidth that is left changes from one second to the next.
            var bytes = worker.Ask("bytes");
            var rounds = Enumerable.Range(0, Rounds + 1).Select(_ => (Bandwidth: Bandwidth.Measure(Threads), Speed: worker.Ask($"decode 1 {Prompt} {Steps}"))).Skip(1).ToList();
            var speed = Median([.. rounds.Select(round => round.Speed)]);
            Say($"bandwidth.beside.{name}", Median([.. rounds.Select(round => round.Bandwidth)]) / 1e9, "GB/s", null, "-");
            Say($"plain.{name}", speed, "tok/s", null, "-");
            var share = Median([.. rounds.Select(round => round.Speed * bytes / round.Bandwidth)]);
            good &= share >= goal;
            Say($"bandwidth.{name}", share, "of the limit", $">= {goal:0.00}", "-");
            if (name == "fp32")
            {
                continue;
            }

            good &= Sampling(name, speed);
            var late = Repeated(worker, $"decode 1 {LongContext} {Steps / 4}");
            Say($"plain.{name}.after{LongContext}", late, "tok/s", null, "-");
            // Of a step with guesses at least the token that is due counts, at most all of them: which it is depends on the text.
            var checks = Repeated(worker, $"extend {1 + Guesses} {Prompt} {Steps}");
            Say($"speculative.{name}.none_of_{Guesses}_true", checks, "tok/s", null, "-");
            Say($"speculative.{name}.all_of_{Guesses}_true", (1 + Guesses) * checks, "tok/s", null, "-");
        }

        return good;
    }

    private static bool Sampling(string name, double speed)
    {
        var seconds = SamplerSpeed.Measure(Rounds);
        Say($"sampler.{name}.time", seconds * 1e6, "us", null, "-");
        Say($"sampler.{name}", seconds * speed, "of a token", "< 0.03", "-");
        return seconds * speed < 0.03;
    }

    private static double Repeated(DecodeProcess worker, string request) => Median([.. Enumerable.Range(0, 4).Select(_ => worker.Ask(request)).Skip(1)]);

    private static bool Node()
    {
        var models = DecodeModels.Small();
        using var ours = Ours(models.Int4);
        using var theirs = DecodeProcess.Start("node", [Path.Combine(ProjectFolders.Root, "tests", "Benchmarks", "Decode", "decode-peer.mjs"), models.Gguf4, LlamaPackages.Folder]);
        Compare("node.decode.int4", $"decode 1 {Prompt} {Steps}", ours, theirs, "tok/s", null, out _, NodeLlama);
        Compare("node.prefill512.int4", $"prefill {LongPrompt}", ours, theirs, "tok/s", null, out _, NodeLlama);
        return true;
    }

    private static bool Processes()
    {
        var models = DecodeModels.Small();
        var loads = new List<double>();
        var good = true;
        for (var round = 0; round < Rounds; round++)
        {
            using var worker = Ours(models.Int8);
            loads.Add(worker.LoadMilliseconds);
            if (round == Rounds - 1)
            {
                worker.Ask($"prefill {LongPrompt}");
                worker.Ask($"decode 1 {Prompt} {Steps}");
                good &= Check("memory.int8", worker.Ask("peak"), "MB", 300);
            }
        }

        good &= Check("load.int8", Median(loads), "ms", 250);
        good &= Check("first_token.int8", Median(Enumerable.Range(0, Rounds).Select(_ => ColdStart.Measure(models.Int8)).ToList()), "s", 1.2);
        foreach (var spinning in new[] { true, false })
        {
            using var worker = Ours(models.Int8, spinning);
            var (alone, beside) = BusyNeighbour.Measure(() => worker.Ask($"decode 1 {Prompt} {Steps}"));
            var name = spinning ? "spinning" : "waiting";
            Say($"alone.int8.{name}", alone, "tok/s", null, "-");
            Say($"neighbour.int8.{name}", beside / (alone / 2), "of half the speed", ">= 0.60", "-");
        }

        return good;
    }

    private static bool Large()
    {
        var models = DecodeModels.Large();
        using var ours = Ours(models.Int4);
        using var theirs = Theirs(models.Gguf4);
        Compare("large.decode.int4", $"decode 1 {Prompt} 32", ours, theirs, "tok/s", null, out var speed);
        var memory = ours.Ask("peak");
        Say("large.int4", speed, "tok/s", ">= 25", "-");
        return Check("large.memory.int4", memory, "MB", 2000) & speed >= 25;
    }

    private static bool Flat()
    {
        var (slower, megabytes) = LongRun.Measure(DecodeModels.Small().Int8, Options(spinning: true));
        Say("flat.time.int8", slower, "of the first tokens' time", "< 1.05", "-");
        return Check("flat.memory.int8", megabytes, "MB more", 20) & slower < 1.05;
    }

    // Such a model gave its users a sentence a minute, in 14.6 GB on 8 processors.
    private static bool Ctrl()
    {
        using var ours = Ours(CtrlModel.Make());
        ours.Ask($"decode 1 {Prompt} 24");
        var speed = Median([.. Enumerable.Range(0, 3).Select(_ => ours.Ask($"decode 1 {Prompt} 24"))]);
        Say("ctrl.decode.int4", speed, "tok/s", ">= 22", "-");
        return Check("ctrl.memory.int4", ours.Ask("peak"), "MB", 2000) & speed >= 22;
    }

    // The first round warms both up.
    private static bool Compare(
        string name, string request, DecodeProcess ours, DecodeProcess theirs, string unit, double? goal, out double speed, string peer = Llama)
    {
        var our = new List<double>();
        var their = new List<double>();
        for (var round = -1; round < Rounds; round++)
        {
            var (first, second) = (ours.Ask(request), theirs.Ask(request));
            if (round >= 0)
            {
                our.Add(first);
                their.Add(second);
            }
        }

        speed = Median(our);
        var ratio = Median(our.Zip(their, (a, b) => a / b).ToList());
        Say(name, speed, unit, null, peer);
        Say(name + ".peer", Median(their), unit, null, peer);
        Say(name + ".ratio", ratio, "x", goal is null ? null : string.Create(CultureInfo.InvariantCulture, $">= {goal}"), peer);
        return goal is null || ratio >= goal;
    }

    private static bool Check(string name, double value, string unit, double most)
    {
        Say(name, value, unit, string.Create(CultureInfo.InvariantCulture, $"< {most}"), "-");
        return value < most;
    }

    internal static void Say(string name, double value, string unit, string? goal, string peer) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"figure decode.{name} {value:0.####} {unit} | goal {goal ?? "-"} | peer {peer}"));

    private static double Median(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }
}
