using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Pipeline.Posts;
using Pipeline.Testing;

namespace Pipeline.Benchmarks;

/// <summary>All test blogs from their folders to documents on two cores, in turns with the Python script that people use today.</summary>
internal static class CorpusBenchmark
{
    private const int Cores = 2;
    private const int Rounds = 5;
    private const double GoalRatio = 50;
    private static readonly int[] Multiples = [1, 4, 16];

    public static async Task<int> RunAsync(CancellationToken cancellation)
    {
        var blogs = Directory.GetDirectories(ProjectFolders.Shared("blogs")).Order(StringComparer.Ordinal).Select(blog => Path.Combine(blog, "site")).ToList();
        var paths = blogs.SelectMany(Convertible).ToList();
        Console.WriteLine(Invariant($"{paths.Count} posts, {paths.Sum(path => new FileInfo(path).Length) / 1e6:F1} MB; {Rounds} rounds in turns, medians; {Cores} cores"));

        // The first run compiles what the later ones use.
        Convert(blogs, 4, cancellation);
        var speeds = Multiples.ToDictionary(multiple => multiple, _ => new List<double>());
        var peaks = new Dictionary<int, double>();
        var peerSpeeds = new List<double>();
        var work = new List<double>();
        var peerWork = new List<double>();
        var peerName = "";
        foreach (var multiple in Multiples)
        {
            speeds[multiple].Add(Convert(blogs, multiple, cancellation));
            peaks[multiple] = PeakMegabytes();
        }

        for (var round = 0; round < Rounds; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            foreach (var multiple in Multiples)
            {
                // Each size has as many posts in a round, so that the short runs weigh no less than the long one.
                for (var repeat = 0; repeat < Multiples[^1] / multiple; repeat++)
                {
                    speeds[multiple].Add(Convert(blogs, multiple, cancellation));
                }
            }

            work.Add((Environment.CpuUsage.TotalTime - before).TotalMicroseconds / (paths.Count * Multiples[^1] * Multiples.Length));
            var (speed, microseconds, name) = await RunPeerAsync(paths, cancellation);
            peerSpeeds.Add(speed);
            peerWork.Add(microseconds);
            peerName = name;
        }

        var peer = Median(peerSpeeds);
        foreach (var multiple in Multiples)
        {
            Console.WriteLine(Invariant($"figure corpus.speed{multiple}x {Median(speeds[multiple]):F0} posts/s | goal >= {GoalRatio * peer:F0} | peer {peerName}"));
            Console.WriteLine(Invariant($"figure corpus.peak{multiple}x {peaks[multiple]:F0} MB | goal <= 300 | peer -"));
        }

        Console.WriteLine(Invariant($"figure corpus.peer {peer:F0} posts/s | goal - | peer {peerName}"));
        Console.WriteLine(Invariant($"figure corpus.ratio {Median(speeds[1]) / peer:F0} times | goal >= {GoalRatio:F0} | peer {peerName}"));
        // Processor time says the same on a machine that has other work too; the peer has one core, we have two.
        Console.WriteLine(Invariant($"figure corpus.processor {Median(work):F0} us/post | goal <= {Median(peerWork) * Cores / GoalRatio:F0} | peer {Median(peerWork):F0} us/post, {peerName}"));
        Console.WriteLine(Invariant($"figure corpus.linear {Median(speeds[1]) / Median(speeds[16]):F2} times the time a post at 16x | goal <= 1.2 | peer -"));
        Console.WriteLine(Invariant($"figure corpus.fields {FieldsSpeed(blogs):F0} posts/s, one core, without the text | goal >= 50000 | peer -"));
        return 0;
    }

    // Posts a second; documents are made and dropped, as a caller would that writes each to its file.
    private static double Convert(List<string> blogs, int multiple, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var posts = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Cores, CancellationToken = cancellation };
        for (var repeat = 0; repeat < multiple; repeat++)
        {
            // One stream over all blogs: while one core opens the next blog the other converts, and none is idle at a small blog's end.
            Parallel.ForEach(Partitioner.Create(blogs.SelectMany(Posts)), options, post =>
            {
                post.Reader.Read(post.Path, post.Blog.ReadPost(post.Path));
                Interlocked.Increment(ref posts);
            });
        }

        return posts / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static IEnumerable<(BlogFolder Blog, PostReader Reader, string Path)> Posts(string site)
    {
        var blog = BlogFolder.Open(site);
        var reader = new PostReader(blog.Config, PostReaderOptions.Default, TimeProvider.System);
        return blog.PostFiles(drafts: false).Select(path => (blog, reader, path));
    }

    private static double FieldsSpeed(List<string> blogs)
    {
        var posts = blogs.Select(BlogFolder.Open)
            .SelectMany(blog => blog.PostFiles(drafts: false).Select(path => (blog.Config, Post: PostPath.TryParse(path)!, Text: PostEncoding.Decode(blog.ReadPost(path).Span, []))))
            .ToList();
        var best = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            foreach (var (site, post, text) in posts)
            {
                PostFields.Read(site, post, FrontMatter.Parse(text, post.Value));
            }

            best = Math.Max(best, posts.Count / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static IEnumerable<string> Convertible(string site) =>
        BlogFolder.Open(site).PostFiles(drafts: false).Where(path => PostPath.TryParse(path)!.Markup is not null).Select(path => Path.Combine(site, path));

    private static async Task<(double Speed, double Microseconds, string Name)> RunPeerAsync(List<string> paths, CancellationToken cancellation)
    {
        var script = Path.Combine(ProjectFolders.Root, "tests", "Benchmarks", "corpus-peer.py");
        using var peer = StartPeer(script);
        foreach (var path in paths)
        {
            await peer.StandardInput.WriteLineAsync(path.AsMemory(), cancellation);
        }

        peer.StandardInput.Close();
        var answer = await peer.StandardOutput.ReadToEndAsync(cancellation);
        await peer.WaitForExitAsync(cancellation);
        return answer.Trim().Split(' ') is [var posts, var seconds, var processor, var markdown, var soup]
            ? (Number(posts) / Number(seconds), Number(processor) * 1e6 / Number(posts), $"python3-markdown {markdown} + BeautifulSoup {soup}")
            : throw new InvalidOperationException("The peer failed: it needs Debian's packages python3-markdown and python3-bs4 (apt-get install python3-markdown python3-bs4).");
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static Process StartPeer(string script)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("/usr/bin/python3", [script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("The benchmark compares with a Python script and needs Debian's packages python3, python3-markdown and python3-bs4.", exception);
        }
    }

    // What the kernel counted as the process's largest resident set so far.
    private static double PeakMegabytes()
    {
        const string key = "VmHWM:";
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        return Number(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim()) / 1024;
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
