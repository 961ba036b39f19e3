using System.Net;

namespace Pipeline.TrainerJob.BaseModels;

/// <summary>
/// A model of the hub over HTTPS. A broken connection is taken up again where it broke, in this process or in the next; what came is
/// compared with the length and the checksum that the hub announced before it gets its name.
/// </summary>
/// <param name="client">Must not follow redirects by itself.</param>
/// <param name="hub">The hub's address.</param>
/// <param name="source">The model.</param>
/// <param name="clock">Times progress, pauses and silence.</param>
/// <param name="say">Told of progress.</param>
internal sealed class HubModelFiles(HttpClient client, Uri hub, BaseModelSource.Hub source, TimeProvider clock, Action<string> say) : IModelFiles
{
    private const int MostAttempts = 6;
    private const int BufferBytes = 1 << 17;
    private const long DiskReserve = 64L << 20;
    private static readonly TimeSpan _longestSilence = TimeSpan.FromSeconds(60);

    /// <inheritdoc />
    public string Name => source.Name;

    /// <summary>A name for the folder that keeps the files.</summary>
    public string Key => $"hub-{source.Repository.Replace("/", "--", StringComparison.Ordinal)}-{source.Revision}";

    /// <inheritdoc />
    public async Task<bool> FetchAsync(string file, string target, CancellationToken cancellationToken)
    {
        var address = new Uri(hub, $"{source.Repository}/resolve/{source.Revision}/{file}");
        var progress = new DownloadProgress(file, clock, say);
        for (var attempt = 1; ; attempt++)
        {
            string cause;
            try
            {
                switch (await TryAsync(address, file, target, progress, cancellationToken))
                {
                    case Attempt.Done:
                        return true;
                    case Attempt.Missing:
                        return false;
                    case Attempt.Again again:
                        cause = again.Cause;
                        break;
                    default:
                        throw new InvalidOperationException("An attempt has no other outcome.");
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or HttpIOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                cause = exception is OperationCanceledException ? $"nothing came for {_longestSilence.TotalSeconds:0} seconds" : exception.Message;
            }

            if (attempt == MostAttempts)
            {
                throw new DownloadException(
                    $"{file} of {Name} cannot be fetched from {hub.Host}: {cause.TrimEnd('.')}. What came is kept, and the same command goes on from there; a folder with the model can be named instead.");
            }

            say($"{file}: {cause.TrimEnd('.')}; trying again.");
            await Task.Delay(TimeSpan.FromSeconds(1 << (attempt - 1)), clock, cancellationToken);
        }
    }

    private async Task<Attempt> TryAsync(Uri address, string file, string target, DownloadProgress progress, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var watch = clock.CreateTimer(_ => silence.Cancel(), null, _longestSilence, Timeout.InfiniteTimeSpan);

        // A part that is here is named for its content, so it is never continued with another's.
        var partial = Directory.EnumerateFiles(Path.GetDirectoryName(target)!, file + ".*.partial").FirstOrDefault();
        var here = partial is null ? 0 : new FileInfo(partial).Length;
        var (response, info) = await HubRequest.SendAsync(client, address, here, silence.Token);
        using (response)
        {
            var wanted = $"{target}.{info.ContentKey ?? "unknown"}.partial";
            var continues = response.StatusCode == HttpStatusCode.PartialContent && info.ContentKey is not null && partial == wanted
                && response.Content.Headers.ContentRange?.From == here;
            if (here > 0 && !continues && response.StatusCode is HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && partial == wanted && here == info.Length)
                {
                    return await FinishAsync(wanted, target, info, cancellationToken);
                }

                File.Delete(partial!);
                return new Attempt.Again("the part that is here belongs to another version");
            }

            switch (response.StatusCode)
            {
                case HttpStatusCode.OK or HttpStatusCode.PartialContent:
                    break;
                case HttpStatusCode.NotFound:
                    return new Attempt.Missing();
                case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                    // The hub answers so for repositories that do not exist, too.
                    throw new DownloadException($"{hub.Host} does not give {file} of {Name} to everybody ({(int)response.StatusCode}). Is the name spelt right? Fetch a private model yourself and name its folder.");
                case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                    return new Attempt.Again($"the answer was {(int)response.StatusCode}");
                default:
                    throw new DownloadException($"{hub.Host} answers {(int)response.StatusCode} for {file} of {Name}.");
            }

            if (!continues && partial is not null && partial != wanted)
            {
                File.Delete(partial);
            }

            DemandRoom(file, target, (info.Length ?? 0) - (continues ? here : 0));
            await using (var output = new FileStream(wanted, continues ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read))
            {
                await CopyAsync(response, output, info, progress, () => watch.Change(_longestSilence, Timeout.InfiniteTimeSpan), silence.Token);
                output.Flush(flushToDisk: true);
            }

            return await FinishAsync(wanted, target, info, cancellationToken);
        }
    }

    private static async Task<Attempt> FinishAsync(string partial, string target, HubFileInfo info, CancellationToken cancellationToken)
    {
        if (await FileVerification.ProblemAsync(partial, info, cancellationToken) is { } problem)
        {
            // Bytes that are missing can still come; a wrong one cannot be found again.
            if (info.Length is not { } length || new FileInfo(partial).Length >= length || info.ContentKey is null)
            {
                File.Delete(partial);
            }

            return new Attempt.Again(problem);
        }

        File.Move(partial, target, overwrite: true);
        return new Attempt.Done();
    }

    private static async Task CopyAsync(
        HttpResponseMessage response, FileStream output, HubFileInfo info, DownloadProgress progress, Action alive, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[BufferBytes];
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            alive();
            await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            progress.Report(output.Position, info.Length);
            if (output.Position > info.Length)
            {
                // A server that sends without end must not fill the disk.
                return;
            }
        }
    }

    private static void DemandRoom(string file, string target, long bytes)
    {
        var room = new DriveInfo(Path.GetDirectoryName(target)!).AvailableFreeSpace;
        if (bytes + DiskReserve > room)
        {
            throw new InputException(FormattableString.Invariant(
                $"{file} takes {bytes / 1e9:0.00} GB, and {Path.GetDirectoryName(target)} has {room / 1e9:0.00} GB left. Make room, or name another work folder."));
        }
    }

    private abstract record Attempt
    {
        public sealed record Done : Attempt;

        public sealed record Missing : Attempt;

        public sealed record Again(string Cause) : Attempt;
    }
}
