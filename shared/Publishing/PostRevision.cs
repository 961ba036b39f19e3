using System.Text;
using Pipeline.Posts;

namespace Pipeline.Publishing;

/// <summary>What became of a change to a post on its branch.</summary>
public abstract record RevisionResult
{
    private RevisionResult()
    {
    }

    /// <summary>The branch shows the change.</summary>
    /// <param name="Path">The post's path.</param>
    /// <param name="Commit">The new commit.</param>
    /// <param name="Text">The post's file.</param>
    /// <param name="Title">The post's title.</param>
    public sealed record Changed(string Path, string Commit, string Text, string Title) : RevisionResult;

    /// <summary>Nothing was changed.</summary>
    /// <param name="Reason">Why, and what to do.</param>
    public sealed record Refused(string Reason) : RevisionResult;
}

/// <summary>
/// Changes a post on its branch by a commit on top of what is there. A commit of a person is never written over. The same change made
/// twice gives the same commit, so that a run that was cut off can be repeated.
/// </summary>
/// <param name="repository">The blog's repository.</param>
/// <param name="blog">What is known of the blog.</param>
/// <param name="options">Author and folder.</param>
public sealed class PostRevision(IBlogRepository repository, BlogProfile blog, PublishOptions options)
{
    /// <summary>Puts another draft in the post's place.</summary>
    /// <param name="record">The day's record, with our newest commit.</param>
    /// <param name="draft">What the model wrote.</param>
    /// <param name="asked">When it was asked for; dates the commit.</param>
    /// <param name="cancellationToken">Stops the work; the branch then has the whole change or nothing of it.</param>
    public async Task<RevisionResult> ReplaceAsync(PostRecord record, PostDraft draft, DateTimeOffset asked, CancellationToken cancellationToken)
    {
        ComposedPost post;
        try
        {
            var taken = (await repository.ListPathsAsync(record.Commit!, cancellationToken))
                .Where(path => path != record.Path && !blog.Paths.Contains(path)).Select(PostPath.TryParse).OfType<PostPath>().Select(path => path.Slug).ToHashSet(StringComparer.OrdinalIgnoreCase);
            post = new PostComposer(blog, new FixedTime(asked), options.Directory).Compose(draft, record.Card.Day, taken);
        }
        catch (FormatException exception)
        {
            return new RevisionResult.Refused(exception.Message);
        }

        return await CommitAsync(record, post.File, post.Text, "Take another candidate", asked, cancellationToken);
    }

    /// <summary>Changes title or tags and leaves the post's text and path as they are.</summary>
    /// <param name="record">The day's record.</param>
    /// <param name="title">The new title; null keeps the old one.</param>
    /// <param name="tags">The new tags; null keeps the old ones. Those that the blog does not use are dropped.</param>
    /// <param name="asked">When it was asked for; dates the commit.</param>
    /// <param name="cancellationToken">Stops the work; the branch then has the whole change or nothing of it.</param>
    public async Task<RevisionResult> EditAsync(PostRecord record, string? title, IReadOnlyList<string>? tags, DateTimeOffset asked, CancellationToken cancellationToken)
    {
        PostFile file;
        var text = PostEncoding.Decode(await repository.ReadFileAsync(record.Commit!, record.Path!, cancellationToken), []);
        try
        {
            file = PostFile.Parse(text, record.Path!);
        }
        catch (FormatException exception)
        {
            return new RevisionResult.Refused(exception.Message);
        }

        if (title is not null)
        {
            var clean = SafeTitle.Clean(title);
            if (clean.Length == 0)
            {
                return new RevisionResult.Refused("Nothing is left of this title once markup and control characters are taken out.");
            }

            file = file with { Title = clean };
        }

        if (tags is not null)
        {
            var unknown = tags.Where(tag => !blog.Tags.Contains(tag, StringComparer.OrdinalIgnoreCase)).ToList();
            if (unknown.Count > 0 || blog.Form.Tags is null)
            {
                return new RevisionResult.Refused(blog.Form.Tags is null
                    ? "The posts of this blog have no tags."
                    : $"The blog does not use {PlainWords.Line(string.Join(", ", unknown), 200)}. Its tags: {PlainWords.Line(string.Join(", ", blog.Tags.Take(50)), 1000)}.");
            }

            file = file with { Tags = [.. tags.Select(tag => blog.Tags.First(known => known.Equals(tag, StringComparison.OrdinalIgnoreCase))).Distinct()] };
        }

        return await CommitAsync(record, file, file.Write(blog.Form), title is null ? "Change the tags" : "Change the title", asked, cancellationToken);
    }

    private async Task<RevisionResult> CommitAsync(PostRecord record, PostFile file, string text, string subject, DateTimeOffset asked, CancellationToken cancellationToken)
    {
        var details = new CommitDetails($"{subject} of the generated post of {record.Card.Day:yyyy-MM-dd}", options.AuthorName, options.AuthorEmail, new DateTimeOffset(asked.Ticks - (asked.Ticks % TimeSpan.TicksPerSecond), asked.Offset));
        var commit = await repository.CreateCommitAsync(record.Commit!, record.Path, file.Path, Encoding.UTF8.GetBytes(text), details, cancellationToken);
        var changed = new RevisionResult.Changed(file.Path, commit, text, file.Title);
        var tip = await repository.FindBranchAsync(record.Branch!, cancellationToken);
        if (tip == commit)
        {
            // The run that did this was cut off behind it.
            return changed;
        }

        return tip == record.Commit && await repository.AdvanceBranchAsync(record.Branch!, record.Commit!, commit, cancellationToken)
            ? changed
            : new RevisionResult.Refused(tip is null
                ? "The branch is gone."
                : "The branch holds commits that are not ours, and they are never written over. Edit the post there by hand, or take those commits back first.");
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now.ToUniversalTime();
    }
}
