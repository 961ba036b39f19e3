namespace Pipeline.TrainerJob.BaseModels;

/// <summary>A model folder that lies elsewhere, file by file.</summary>
internal interface IModelFiles
{
    /// <summary>What the model is called, for messages.</summary>
    string Name { get; }

    /// <summary>Brings one file here, whole and checked, or not at all.</summary>
    /// <param name="file">Its name in the folder.</param>
    /// <param name="target">Where it goes.</param>
    /// <returns>Whether there is such a file.</returns>
    /// <exception cref="DownloadException">It is there but cannot be brought.</exception>
    Task<bool> FetchAsync(string file, string target, CancellationToken cancellationToken);
}
