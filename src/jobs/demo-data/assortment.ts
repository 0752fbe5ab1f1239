/** A category of the shop and how its products come out. */
export interface Category {
  readonly id: string;
  readonly name: string;
  readonly department: string;
  /** Dollars; prices scatter around it log-normally. */
  readonly medianPrice: number;
  /** Share of its products that are used up and bought again. */
  readonly replenishableShare: number;
  readonly nouns: readonly string[];
}

/** The 12 categories, CAT-001 to CAT-012 in order. */
export const CATEGORIES: readonly Category[] = [
  {
    id: 'CAT-001',
    name: 'Outerwear',
    department: 'Apparel',
    medianPrice: 170,
    replenishableShare: 0,
    nouns: ['Jacket', 'Parka', 'Raincoat', 'Vest', 'Anorak', 'Trench Coat'],
  },
  {
    id: 'CAT-002',
    name: 'Tops',
    department: 'Apparel',
    medianPrice: 78,
    replenishableShare: 0,
    nouns: ['Sweater', 'Blouse', 'Shirt', 'Hoodie', 'Cardigan', 'Polo'],
  },
  {
    id: 'CAT-003',
    name: 'Bottoms and Basics',
    department: 'Apparel',
    medianPrice: 72,
    replenishableShare: 0.15,
    nouns: ['Shorts', 'Jeans', 'Chinos', 'Leggings', 'Skirt', 'Sock Pack'],
  },
  {
    id: 'CAT-004',
    name: 'Athletic Shoes',
    department: 'Footwear',
    medianPrice: 120,
    replenishableShare: 0,
    nouns: ['Trainer', 'Running Shoe', 'Trail Shoe', 'Court Shoe', 'Cross Trainer'],
  },
  {
    id: 'CAT-005',
    name: 'Boots and Casual Shoes',
    department: 'Footwear',
    medianPrice: 145,
    replenishableShare: 0,
    nouns: ['Boot', 'Loafer', 'Sandal', 'Oxford', 'Slip-On', 'Chelsea Boot'],
  },
  {
    id: 'CAT-006',
    name: 'Bags',
    department: 'Accessories',
    medianPrice: 130,
    replenishableShare: 0,
    nouns: ['Backpack', 'Tote', 'Duffel', 'Crossbody', 'Wallet', 'Weekender'],
  },
  {
    id: 'CAT-007',
    name: 'Jewelry',
    department: 'Accessories',
    medianPrice: 190,
    replenishableShare: 0,
    nouns: ['Ring', 'Necklace', 'Bracelet', 'Earrings', 'Pendant', 'Cuff'],
  },
  {
    id: 'CAT-008',
    name: 'Bedding',
    department: 'Home',
    medianPrice: 118,
    replenishableShare: 0,
    nouns: ['Duvet', 'Sheet Set', 'Pillow', 'Throw', 'Quilt', 'Mattress Topper'],
  },
  {
    id: 'CAT-009',
    name: 'Kitchen',
    department: 'Home',
    medianPrice: 92,
    replenishableShare: 0.25,
    nouns: ['Coffee Beans', 'Skillet', 'Knife', 'Teapot', 'Storage Set', 'Carafe'],
  },
  {
    id: 'CAT-010',
    name: 'Skincare',
    department: 'Beauty',
    medianPrice: 54,
    replenishableShare: 0.5,
    nouns: ['Serum', 'Moisturizer', 'Cleanser', 'Sunscreen', 'Face Mask', 'Toner'],
  },
  {
    id: 'CAT-011',
    name: 'Makeup',
    department: 'Beauty',
    medianPrice: 44,
    replenishableShare: 0.5,
    nouns: ['Mascara', 'Lipstick', 'Foundation', 'Eyeliner', 'Palette', 'Blush'],
  },
  {
    id: 'CAT-012',
    name: 'Wearables and Audio',
    department: 'Electronics',
    medianPrice: 215,
    replenishableShare: 0,
    nouns: ['Earbuds', 'Smartwatch', 'Speaker', 'Headphones', 'Tracker', 'Charger'],
  },
];

/** The 40 brands. */
export const BRANDS: readonly string[] = [
  'Alderly', 'Birchmark', 'Brightloom', 'Calder & Row', 'Cedarline', 'Coastwright', 'Corvane', 'Dawnfield',
  'Eastmoor', 'Elmhaven', 'Fernway', 'Fieldnote', 'Fjordic', 'Glasswing', 'Granitepeak', 'Halcyon',
  'Harborlight', 'Hearthstead', 'Ironvale', 'Juniper Lane', 'Kestrel', 'Larkspur', 'Lumenry', 'Marlowe',
  'Meridian', 'Nightingale', 'Northbound', 'Oakhurst', 'Palisade', 'Quillon', 'Riverstone', 'Saltbox',
  'Silverthread', 'Solstice', 'Summitry', 'Tidewater', 'Umbra & Co', 'Verdant', 'Wildermere', 'Zephyrine',
]; // prettier-ignore

/** What a product's name may say between brand and noun. */
export const STYLES: readonly string[] = [
  'Classic', 'Everyday', 'Modern', 'Premium', 'Essential', 'Signature', 'Heritage', 'Lightweight', 'Studio', 'Urban',
  'Vintage', 'Weekend',
]; // prettier-ignore
