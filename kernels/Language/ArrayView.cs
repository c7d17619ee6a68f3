using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using LstmGpu.Kernels;

namespace ILGPU;

/// <summary>A range of device, shared or local memory. Access outside it is an error in .NET and undefined on a device.</summary>
internal readonly unsafe struct ArrayView<T> where T : unmanaged
{
    private readonly T* first;
    private readonly bool watched;

    /// <summary>Memory that outlives the launch; <paramref name="watched"/> reports each access to the running thread.</summary>
    public ArrayView(T* first, long length, bool watched = false)
    {
        this.first = first;
        this.watched = watched;
        Length = length;
    }

    public long Length { get; }

    public int IntLength => checked((int)Length);

    public long LengthInBytes => Length * sizeof(T);

    public bool IsValid => first != null;

    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[(long)index];
    }

    public ref T this[Index1D index] => ref this[(long)index.X];

    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((ulong)index >= (ulong)Length)
            {
                ThrowOutside(index, 1);
            }
            if (watched)
            {
                KernelThread.Current.Touch(first + index, sizeof(T));
            }
            return ref first[index];
        }
    }

    public ArrayView<T> SubView(long index) => SubView(index, Length - index);

    public ArrayView<T> SubView(long index, long subViewLength)
    {
        if ((ulong)index > (ulong)Length || (ulong)subViewLength > (ulong)(Length - index))
        {
            ThrowOutside(index, subViewLength);
        }
        return new(first + index, subViewLength, watched);
    }

    /// <summary>The same bytes as elements of another type; a remainder that fills no element is left out.</summary>
    public ArrayView<TOther> Cast<TOther>() where TOther : unmanaged
    {
        if ((nuint)first % (nuint)Math.Min(sizeof(TOther), 16) != 0)
        {
            throw new InvalidOperationException(
                $"a view of {typeof(T).Name} that does not start at a multiple of {sizeof(TOther)} bytes is read as {typeof(TOther).Name}");
        }
        return new((TOther*)first, LengthInBytes / sizeof(TOther), watched);
    }

    [DoesNotReturn]
    private void ThrowOutside(long index, long count) => throw new IndexOutOfRangeException(count == 1
        ? $"index {index} is outside a view of {Length} {typeof(T).Name}"
        : $"sub-view [{index}, {index + count}) is outside a view of {Length} {typeof(T).Name}");
}
