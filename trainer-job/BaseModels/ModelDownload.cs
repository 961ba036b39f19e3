using Pipeline.Storage;
using Pipeline.TrainerJob.Models;

namespace Pipeline.TrainerJob.BaseModels;

/// <summary>Brings the files of a model that training needs into a folder of the cache, the small ones first: they may show that the rest is of no use.</summary>
internal static class ModelDownload
{
    // Written last: a folder that has it is whole.
    private const string CompleteFile = "complete.txt";
    private const string LockFile = "download.lock";
    private const string TokenizerFile = "tokenizer.json";
    private static readonly string[] _vocabularyFiles = ["vocab.json", "merges.txt"];

    /// <summary>Downloads what is missing.</summary>
    /// <param name="files">The model.</param>
    /// <param name="folder">Its own folder of the cache.</param>
    /// <param name="say">Told what is going on.</param>
    /// <exception cref="DownloadException">A file cannot be brought.</exception>
    /// <exception cref="ModelFolderException">What it is cannot be trained here.</exception>
    public static async Task RunAsync(IModelFiles files, string folder, Action<string> say, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        using var hold = await FileLock.AcquireAsync(Path.Combine(folder, LockFile), shared: false, cancellationToken);
        var complete = Path.Combine(folder, CompleteFile);
        if (File.Exists(complete))
        {
            return;
        }

        say($"Fetching {files.Name} ...");
        await DemandAsync(files, Gpt2Folder.ConfigName, folder, cancellationToken);
        Gpt2Folder.ReadShape(folder);
        if (!await FetchAsync(files, TokenizerFile, folder, cancellationToken))
        {
            foreach (var file in _vocabularyFiles)
            {
                await DemandAsync(files, file, folder, cancellationToken);
            }
        }

        if (!await FetchAsync(files, Gpt2Folder.WeightsName, folder, cancellationToken))
        {
            if (!await FetchAsync(files, ShardIndex.FileName, folder, cancellationToken))
            {
                throw new DownloadException($"{files.Name} has neither {Gpt2Folder.WeightsName} nor {ShardIndex.FileName}; weights are read from safetensors files alone.");
            }

            foreach (var shard in ShardIndex.Read(Path.Combine(folder, ShardIndex.FileName)).Files)
            {
                await DemandAsync(files, shard, folder, cancellationToken);
            }
        }

        await AtomicFile.WriteAsync(complete, "All files of this folder are here and checked.\n"u8.ToArray(), cancellationToken);
    }

    private static async Task DemandAsync(IModelFiles files, string file, string folder, CancellationToken cancellationToken)
    {
        if (!await FetchAsync(files, file, folder, cancellationToken))
        {
            throw new DownloadException($"{files.Name} has no {file}. Is the name spelt right, and is it a GPT-2 in Hugging Face's layout?");
        }
    }

    private static async Task<bool> FetchAsync(IModelFiles files, string file, string folder, CancellationToken cancellationToken)
    {
        var target = Path.Combine(folder, file);
        return File.Exists(target) || await files.FetchAsync(file, target, cancellationToken);
    }
}
